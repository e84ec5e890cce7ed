import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { bodyTooLarge, GatewayError, malformedRequest } from './gateway-error.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The bytes of the body exactly as they came, for signatures; empty without one, and for routes with `streamBody`. */
    rawBody: Buffer
  }
  interface FastifyContextConfig {
    /** The handler reads `request.raw` itself, without our limit. */
    streamBody?: boolean
    /** Takes bodies of the vendor's size, from callers that show credentials. */
    signedBody?: boolean
  }
}

/** The vendor's limit; exactly this much is allowed. */
export const BODY_LIMIT_BYTES = 12 * 1024 * 1024
/** Up to here a body that is too large is read to its end, because few clients look for an answer before they sent all. */
const DRAIN_LIMIT_BYTES = 48 * 1024 * 1024
/** Whatever needs no signature has a small body or none: sign-in, delivery, health. */
const UNSIGNED_LIMIT_BYTES = 64 * 1024
/** Of all bodies that are held at once, in this process. */
const HELD_LIMIT_BYTES = 256 * 1024 * 1024
const RETRY_AFTER_SECONDS = '5'
const NO_BYTES = Buffer.alloc(0)

/**
 * Keeps the body of every request, GET included: signatures cover the bytes as sent, and SDKs sign bodies on GET. It is read
 * before the route's own hooks, so Fastify's parsers have nothing left to do. What anybody may send is bounded: each body by its
 * route, and all of them together.
 */
export const keepRawBodies = (app: FastifyInstance, heldLimitBytes = HELD_LIMIT_BYTES): void => {
  const hold = createHolder(heldLimitBytes)
  app.decorateRequest('rawBody')
  app.addHook('onRequest', async (request, reply) => {
    const { raw, routeOptions } = request
    const { streamBody, signedBody } = routeOptions.config
    request.rawBody = NO_BYTES
    if (streamBody || !hasBody(raw)) return
    if (signedBody && !hasCredentials(raw)) {
      // Not read: the route refuses the request for its lack of credentials, and the rest of it ends with the connection.
      reply.header('connection', 'close')
      return
    }
    const limitBytes = signedBody ? BODY_LIMIT_BYTES : UNSIGNED_LIMIT_BYTES
    request.rawBody = await readBody(raw, { limitBytes, hold: hold(reply.raw) })
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))
}

const hasBody = ({ headers }: IncomingMessage): boolean =>
  Number(headers['content-length'] ?? 0) !== 0 || headers['transfer-encoding'] !== undefined

/** Any at all; whether they are good needs the body. */
const hasCredentials = ({ headers }: IncomingMessage): boolean =>
  headers['x-auth-token'] !== undefined || headers.authorization !== undefined

/** Takes so many bytes, or throws when all bodies together would be too much. */
type Hold = (bytes: number) => void

/** What a request holds is free again when its answer is over. */
const createHolder = (limitBytes: number): ((response: ServerResponse) => Hold) => {
  let heldBytes = 0
  return (response) => {
    let ownBytes = 0
    response.once('close', () => {
      heldBytes -= ownBytes
    })
    return (bytes) => {
      // Its client is gone, and nothing would give back what it took now.
      if (response.closed) throw malformedRequest()
      if (heldBytes + bytes > limitBytes) throw tooBusy()
      heldBytes += bytes
      ownBytes += bytes
    }
  }
}

/** The vendor has no code for this; the one of too many requests makes its clients wait and try again. */
const tooBusy = (): GatewayError =>
  new GatewayError(503, 'APIGW.0308', {
    message: 'The server holds too many request bodies. Try again later.',
    headers: { 'retry-after': RETRY_AFTER_SECONDS, connection: 'close' },
  })

const readBody = async (
  request: IncomingMessage,
  { limitBytes, hold }: { readonly limitBytes: number; readonly hold: Hold },
): Promise<Buffer> => {
  const { 'content-length': declared = '0' } = request.headers
  if (Number(declared) > DRAIN_LIMIT_BYTES) throw bodyTooLarge()
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of chunksOf(request)) {
    bytes += chunk.length
    if (bytes <= limitBytes) {
      hold(chunk.length)
      chunks.push(chunk)
    }
    if (bytes > DRAIN_LIMIT_BYTES) break
  }
  if (bytes > limitBytes) throw bodyTooLarge()
  return Buffer.concat(chunks)
}

async function* chunksOf(request: IncomingMessage): AsyncGenerator<Buffer> {
  try {
    // Leaving early must not destroy the stream: the socket still has to carry the answer.
    yield* request.iterator({ destroyOnReturn: false })
  } catch (cause) {
    throw malformedRequest(cause)
  }
}

import type { IncomingMessage } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { bodyTooLarge, malformedRequest } from './gateway-error.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The bytes of the body exactly as they came, for signatures; empty without one, and for routes with `streamBody`. */
    rawBody: Buffer
  }
  interface FastifyContextConfig {
    /** The handler reads `request.raw` itself, without our limit. */
    streamBody?: boolean
  }
}

/** The vendor's limit; exactly this much is allowed. */
export const BODY_LIMIT_BYTES = 12 * 1024 * 1024
/** Up to here a body that is too large is read to its end, because few clients look for an answer before they sent all. */
const DRAIN_LIMIT_BYTES = 48 * 1024 * 1024
const NO_BYTES = Buffer.alloc(0)

/**
 * Keeps the body of every request, GET included: signatures cover the bytes as sent, and SDKs sign bodies on GET. It is read
 * before the route's own hooks, so Fastify's parsers have nothing left to do.
 */
export const keepRawBodies = (app: FastifyInstance): void => {
  app.decorateRequest('rawBody')
  app.addHook('onRequest', async (request) => {
    request.rawBody = request.routeOptions.config.streamBody ? NO_BYTES : await readBody(request.raw)
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))
}

const readBody = async (request: IncomingMessage): Promise<Buffer> => {
  const { 'content-length': declared = '0', 'transfer-encoding': encoding } = request.headers
  if (Number(declared) === 0 && encoding === undefined) return NO_BYTES
  if (Number(declared) > DRAIN_LIMIT_BYTES) throw bodyTooLarge()
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of chunksOf(request)) {
    bytes += chunk.length
    if (bytes <= BODY_LIMIT_BYTES) chunks.push(chunk)
    if (bytes > DRAIN_LIMIT_BYTES) break
  }
  if (bytes > BODY_LIMIT_BYTES) throw bodyTooLarge()
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

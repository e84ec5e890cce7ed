import { on } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { type BodyBudget, createBodyBudget, type Hold } from './body-budget.ts'
import { bodyTooLarge, bodyTooSlow, malformedRequest } from './gateway-error.ts'

/** Who sends a body: anybody, or somebody whose token is good or whose signature has nothing wrong but perhaps itself. */
export type BodySender = 'stranger' | 'claimant'

declare module 'fastify' {
  interface FastifyRequest {
    /**
     * The bytes exactly as they came, for signatures; empty without a body. Reads them on the first call, whose `sender` says
     * how much is taken. Throws `GatewayError`.
     */
    readBody(sender: BodySender): Promise<Buffer>
  }
}

/** The vendor's limit; exactly this much is allowed. */
export const BODY_LIMIT_BYTES = 12 * 1024 * 1024
/** Up to here a body that is too large is read to its end, because few clients look for an answer before they sent all. */
const DRAIN_LIMIT_BYTES = 48 * 1024 * 1024
const LIMIT_BYTES = { claimant: BODY_LIMIT_BYTES, stranger: 64 * 1024 } as const
/** With this and the grace, 12 MB are given up after 4.6 minutes: before Node's own limit for a whole request. */
const MIN_BYTES_PER_SECOND = 48 * 1024
const NO_BYTES = Buffer.alloc(0)

export interface BodyLimits {
  /** What is held at once, in this process. One address never has all: that of a claimant has no proof yet. */
  readonly budgets: Readonly<Record<BodySender, BodyBudget>>
  /** A body may fall behind the slowest rate that we take by so much. */
  readonly graceMs: number
}

const LIMITS: BodyLimits = {
  budgets: {
    claimant: { totalBytes: 256 * 1024 * 1024, perAddressBytes: 128 * 1024 * 1024 },
    stranger: { totalBytes: 16 * 1024 * 1024, perAddressBytes: 512 * 1024 },
  },
  graceMs: 20_000,
}

/**
 * Bodies are read when a handler asks, GET included: signatures cover the bytes as sent, and SDKs sign bodies on GET. So nobody
 * is let to send one before what needs no body was checked; Fastify's parsers have nothing to do.
 */
export const keepRawBodies = (app: FastifyInstance, { budgets, graceMs } = LIMITS): void => {
  const hold = { claimant: createBodyBudget(budgets.claimant), stranger: createBodyBudget(budgets.stranger) }
  app.decorateRequest('readBody')
  app.addHook('onRequest', async (request, reply) => {
    const { raw } = request
    request.readBody = async () => NO_BYTES
    if (!hasBody(raw)) return
    if (Number(raw.headers['content-length']) > DRAIN_LIMIT_BYTES) throw bodyTooLarge()
    // As long as it is not read: then the rest of it ends with the connection.
    reply.header('connection', 'close')
    let reading: Promise<Buffer> | undefined
    const read = async (sender: BodySender): Promise<Buffer> => {
      const holdBytes = hold[sender](request.ip, reply.raw)
      const bytes = await readBody(raw, { limitBytes: LIMIT_BYTES[sender], hold: holdBytes, graceMs })
      reply.removeHeader('connection')
      return bytes
    }
    request.readBody = (sender) => {
      reading ??= read(sender)
      return reading
    }
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))
}

const hasBody = ({ headers }: IncomingMessage): boolean =>
  Number(headers['content-length'] ?? 0) !== 0 || headers['transfer-encoding'] !== undefined

interface Reading {
  readonly limitBytes: number
  readonly hold: Hold
  readonly graceMs: number
}

const readBody = async (request: IncomingMessage, { limitBytes, hold, graceMs }: Reading): Promise<Buffer> => {
  const chunks: Buffer[] = []
  let bytes = 0
  using pace = keepPace(graceMs, () => bytes)
  for await (const chunk of chunksOf(request, pace.tooSlow)) {
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

/** Listens rather than iterates the stream, whose end by a signal would destroy the socket that has to carry the answer. */
async function* chunksOf(request: IncomingMessage, tooSlow: AbortSignal): AsyncGenerator<Buffer> {
  // Nothing would come, not even an end.
  if (request.destroyed) throw malformedRequest()
  try {
    for await (const [chunk] of on(request, 'data', { signal: tooSlow, close: ['end'] })) yield chunk
  } catch (cause) {
    throw tooSlow.aborted ? bodyTooSlow() : malformedRequest(cause)
  }
}

/** Fires when the bytes so far came at less than the slowest rate. */
const keepPace = (graceMs: number, bytesSoFar: () => number): Disposable & { readonly tooSlow: AbortSignal } => {
  const late = new AbortController()
  const startedMs = performance.now()
  let timer: NodeJS.Timeout
  const look = (): void => {
    const leftMs = graceMs + (bytesSoFar() / MIN_BYTES_PER_SECOND) * 1000 - (performance.now() - startedMs)
    if (leftMs > 0) timer = setTimeout(look, leftMs)
    else late.abort()
  }
  look()
  return { tooSlow: late.signal, [Symbol.dispose]: () => clearTimeout(timer) }
}

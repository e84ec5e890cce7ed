import http from 'node:http'
import https from 'node:https'
import { isIP } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { EdgeCaches, Pulled, PurgeFailure } from '../../core/delivery/edge-ports.ts'

export interface EdgeSettings {
  /** Base URLs. The operator's: they may be private addresses. */
  readonly edges: readonly string[]
  /** Goes with every PURGE as `X-Purge-Secret`. */
  readonly purgeSecret: string | undefined
  /** The public host, by which edges know what is ours; absent: that of the edge. */
  readonly host: string | undefined
  /** Between two parts of an answer. */
  readonly silenceMs?: number
}

const SILENCE_MS = 30_000
/** Of one answer. A film of some hours through a slow line. */
const LONGEST_MS = 60 * 60_000
const MOST_BYTES = 64 * 2 ** 30
/** Far above any film's playlist. */
const MOST_TEXT_BYTES = 64 * 2 ** 20
const PAUSES_MS = [500, 2_000]

/** Pulls and purges over HTTP. Redirects are not followed: what lies elsewhere is not what the edge keeps. */
export const createEdgeCaches = (settings: EdgeSettings): EdgeCaches => {
  const ask = askWith(settings)
  return {
    edges: settings.edges,
    async pull(edge, { path, beginningBytes, keepText }, signal) {
      const range = beginningBytes === undefined ? {} : { range: `bytes=0-${beginningBytes - 1}` }
      return patiently(() => ask({ method: 'GET', edge, path, headers: range, keepText }, signal), signal)
    },
    async purge(edge, path, signal) {
      const secret = settings.purgeSecret === undefined ? {} : { 'x-purge-secret': settings.purgeSecret }
      const call = { method: 'PURGE', edge, path, headers: secret, keepText: false }
      return purgeFailure(await patiently(() => ask(call, signal), signal))
    },
  }
}

/** nginx's module answers 404 or 412 for what it does not hold. */
const GONE: ReadonlySet<number> = new Set([200, 202, 204, 404, 410, 412])

/** Why it is not known to be gone. Our own server, which an edge asks that does not know PURGE, answers 405. */
const purgeFailure = (answer: Pulled): PurgeFailure | undefined => {
  if (answer.type === 'unanswered') return { reason: answer.reason, isLasting: true }
  const { status } = answer
  if (GONE.has(status)) return undefined
  if (status === 405 || status === 501) return { reason: `does not know PURGE (${status})`, isLasting: true }
  if (status !== 401 && status !== 403) return { reason: `answered PURGE with ${status}`, isLasting: false }
  return { reason: `refused PURGE (${status}); it must know TELECINE_EDGE_PURGE_SECRET`, isLasting: true }
}

const patiently = async (call: () => Promise<Pulled>, signal: AbortSignal): Promise<Pulled> => {
  for (const pauseMs of PAUSES_MS) {
    const answer = await call()
    if (answer.type === 'answered' && answer.status < 500) return answer
    await delay(pauseMs, undefined, { signal })
  }
  return call()
}

interface EdgeCall {
  readonly method: string
  readonly edge: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly keepText: boolean
}

const askWith =
  ({ host, silenceMs = SILENCE_MS }: EdgeSettings) =>
  async ({ method, edge, path, headers, keepText }: EdgeCall, signal: AbortSignal): Promise<Pulled> => {
    const late = AbortSignal.any([signal, AbortSignal.timeout(LONGEST_MS)])
    const url = new URL(path, edge)
    // A certificate is the edge's own, whatever host is asked for.
    const servername = isIP(url.hostname.replace(/[[\]]/g, '')) === 0 ? { servername: url.hostname } : {}
    const sent = { ...headers, ...(host !== undefined && { host }), 'user-agent': 'telecine' }
    const options = { method, headers: sent, signal: late, timeout: silenceMs, agent: false as const, ...servername }
    try {
      const response = await responseOf(url, options)
      const text = await readAll(response, keepText)
      return { type: 'answered', status: response.statusCode ?? 0, text }
    } catch (error) {
      signal.throwIfAborted()
      return { type: 'unanswered', reason: reasonOf(error) }
    }
  }

const responseOf = (url: URL, options: https.RequestOptions): Promise<http.IncomingMessage> =>
  new Promise((resolve, reject) => {
    const { request } = url.protocol === 'https:' ? https : http
    // Whoever reads the answer hears of its own end only.
    let open: http.ClientRequest | http.IncomingMessage | undefined
    const call = request(url, options, (response) => {
      open = response
      resolve(response)
    })
    open = call
    call.on('timeout', () => open?.destroy(new Error('silent for too long')))
    call.on('error', reject).end()
  })

const readAll = async (response: http.IncomingMessage, keepText: boolean): Promise<string> => {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of response) {
    bytes += part.length
    if (bytes > (keepText ? MOST_TEXT_BYTES : MOST_BYTES)) throw new Error(`answer of more than ${bytes - 1} bytes`)
    if (keepText) parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

/** Completes "the edge ...". */
const reasonOf = (error: unknown): string => {
  const one = error instanceof AggregateError ? error.errors[0] : error
  const code = one instanceof Error && 'code' in one && typeof one.code === 'string' ? one.code : undefined
  return `could not be read (${code ?? (one instanceof Error ? one.message : 'unknown')})`
}

import http from 'node:http'
import https from 'node:https'
import type { CheckAddress, Post, PostOutcome, PostRequest } from '../../core/notifications/ports.ts'
import { isPublicAddress, literalAddress, NoPublicAddressError, publicLookup } from './public-address.ts'

export interface FetchRules {
  /** `TELECINE_FETCH_ALLOW_PRIVATE`. */
  readonly allowPrivate: boolean
  /** From the look-up to the end of the answer. */
  readonly timeoutMs: number
  /** As much of an answer as anybody wants to see; 1,000 when absent. */
  readonly answerBytes?: number
}

const ANSWER_BYTES = 1_000

/** A connection for each call: one that is kept open ends sooner or later under a request. */
export const createPost =
  ({ allowPrivate, timeoutMs, answerBytes = ANSWER_BYTES }: FetchRules): Post =>
  async (request) => {
    const late = AbortSignal.timeout(timeoutMs)
    const url = new URL(request.url)
    try {
      if (!allowPrivate) requirePublicLiteral(url)
      const signal = request.signal ? AbortSignal.any([late, request.signal]) : late
      const options = { signal, answerBytes, ...(!allowPrivate && { lookup: publicLookup() }) }
      return await send(request, url, options)
    } catch (error) {
      const reason = late.aborted ? `gave no answer within ${timeoutMs / 1000} s` : reasonOf(error)
      return { type: 'unanswered', reason }
    }
  }

/** The other half of `createPost`'s rule, for whoever wants to know before. */
export const createCheckAddress =
  ({ allowPrivate }: Pick<FetchRules, 'allowPrivate'>): CheckAddress =>
  async (text) => {
    if (allowPrivate) return
    const url = new URL(text)
    const error = await lookUp(url)
    return error && `must have a host with a public address; ${reasonOf(error)}`
  }

const lookUp = (url: URL): Promise<Error | undefined> => {
  const literal = literalAddress(url)
  if (literal !== undefined) return Promise.resolve(isPublicAddress(literal) ? undefined : new NoPublicAddressError())
  return new Promise((resolve) => publicLookup()(url.hostname, { all: true }, (error) => resolve(error ?? undefined)))
}

const requirePublicLiteral = (url: URL): void => {
  const literal = literalAddress(url)
  if (literal !== undefined && !isPublicAddress(literal)) throw new NoPublicAddressError()
}

const send = (
  { headers, body }: PostRequest,
  url: URL,
  { answerBytes, ...options }: Pick<https.RequestOptions, 'signal' | 'lookup'> & { readonly answerBytes: number },
): Promise<PostOutcome> =>
  new Promise((resolve, reject) => {
    const { request } = url.protocol === 'https:' ? https : http
    const sent = { ...headers, 'user-agent': 'telecine', 'content-length': Buffer.byteLength(body) }
    const call = request(url, { ...options, method: 'POST', agent: false, headers: sent }, (response) => {
      // From here on `beginningOf` hears of the end, whatever it is.
      call.off('error', reject).on('error', () => undefined)
      beginningOf(response, answerBytes).then((text) => {
        // The rest may be endless.
        response.destroy()
        resolve({ type: 'answered', status: response.statusCode ?? 0, text })
      }, reject)
    })
    call.on('error', reject)
    call.end(body)
  })

/** The status has been said: what breaks off behind it changes nothing. */
const beginningOf = async (response: http.IncomingMessage, answerBytes: number): Promise<string> => {
  const parts: Buffer[] = []
  let bytes = 0
  try {
    for await (const part of response) {
      parts.push(part)
      bytes += part.length
      if (bytes >= answerBytes) break
    }
  } catch {
    // See above.
  }
  // PostgreSQL keeps no NUL, and logs are of one line each.
  return Buffer.concat(parts)
    .subarray(0, answerBytes)
    .toString('utf8')
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
}

/** In words for the owner of the endpoint. */
const reasonOf = (error: unknown): string => {
  if (error instanceof NoPublicAddressError) return error.message
  const one = error instanceof AggregateError ? error.errors[0] : error
  const code = one instanceof Error && 'code' in one && typeof one.code === 'string' ? one.code : undefined
  return `could not be reached (${code ?? (one instanceof Error ? one.message : 'unknown')})`
}

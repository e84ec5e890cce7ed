import { timingSafeEqual } from 'node:crypto'
import { ALGORITHM, canonicalUri, sha256Hex, signatureOf } from './canonical-request.ts'
import { canonicalQueries } from './query.ts'
import { parseSdkDate } from './sdk-date.ts'
import { singleHeader, splitTarget, type WireHeaders, type WireRequest } from './wire-request.ts'

/** What a signed request says of itself; nothing of it is proven yet. */
export interface SignatureClaim {
  readonly access: string
  readonly signedHeaders: readonly string[]
  readonly signature: string
  readonly sdkDate: string
  readonly signedAt: Date
  /** Of temporary keys. Signed, like all that a claim holds. */
  readonly securityToken?: string
}

/** `detail` follows the gateway's message; it never holds secrets. */
export interface SignatureRefusal {
  readonly refused: 'algorithm' | 'malformed' | 'skew' | 'mismatch'
  readonly detail: string
}

/** The gateway's tolerance either way (auth.md section 3). */
export const MAX_SKEW_MS = 15 * 60_000

/**
 * First half of a verification: reads `Authorization` and the headers that belong to it. Between the halves the caller looks
 * up the secret of `access`.
 */
export const readClaim = ({ headers }: Pick<WireRequest, 'headers'>): SignatureClaim | SignatureRefusal => {
  const authorization = singleHeader(headers, 'authorization') ?? ''
  if (authorization.split(' ', 1)[0] !== ALGORITHM) return { refused: 'algorithm', detail: 'unsupported algorithm' }
  const fields = AUTHORIZATION.exec(authorization)?.groups
  const { access = '', names = '', signature = '' } = fields ?? {}
  if (!fields) return malformed('Authorization must hold Access, SignedHeaders and Signature')
  const signedHeaders = names.split(';')
  if (new Set(signedHeaders).size !== signedHeaders.length) return malformed('SignedHeaders names a header twice')
  if (signedHeaders.some((name) => name !== name.toLowerCase())) return malformed('SignedHeaders must be in lower case')
  const sdkDate = singleHeader(headers, 'x-sdk-date') ?? ''
  const signedAt = parseSdkDate(sdkDate)
  if (!signedAt) return malformed('X-Sdk-Date must be one header like 20260102T030405Z')
  const unsigned = MUST_BE_SIGNED.find((name) => headers.has(name) && !signedHeaders.includes(name))
  if (unsigned) return malformed(`${unsigned} must be signed`)
  const securityToken = singleHeader(headers, 'x-security-token')
  return { access, signedHeaders, signature, sdkDate, signedAt, ...(securityToken !== undefined && { securityToken }) }
}

/** `undefined` when it was not signed too long ago; needs no body. */
export const checkDate = ({ sdkDate, signedAt }: SignatureClaim, now: Date): SignatureRefusal | undefined => {
  if (Math.abs(now.getTime() - signedAt.getTime()) <= MAX_SKEW_MS) return undefined
  return {
    refused: 'skew',
    detail: `signature expired, signature time:${sdkDate},server time:${now.toISOString()}`,
  }
}

/** Second half: `undefined` when the secret made this signature over this request. */
export const checkSignature = (
  request: WireRequest,
  claim: SignatureClaim,
  secret: string,
): SignatureRefusal | undefined => {
  const { path, query } = splitTarget(request.target)
  const uri = canonicalUri(path)
  const queries = canonicalQueries(query)
  if (uri === undefined || !queries) return malformed('the path or query is not well-formed')
  const headers = signedValues(request.headers, claim.signedHeaders)
  if (!headers) return malformed('a header named in SignedHeaders is absent or came more than once')
  const payloadHash = payloadHashOf(request)
  if (payloadHash === undefined) return malformed('X-Sdk-Content-Sha256 does not fit the body')
  const parts = { method: request.method, uri, headers, payloadHash }
  const matches = queries.some((canonicalQuery) =>
    equal(signatureOf({ ...parts, query: canonicalQuery }, secret, claim.sdkDate), claim.signature),
  )
  return matches ? undefined : { refused: 'mismatch', detail: '' }
}

const AUTHORIZATION =
  /^SDK-HMAC-SHA256 +Access=(?<access>[^\s,=]+), *SignedHeaders=(?<names>[^\s,=]+), *Signature=(?<signature>[0-9a-f]{64})$/

/**
 * Headers that steer the verification itself must be covered by it. Above all X-Sdk-Content-Sha256: whoever could add it
 * to a captured request, with the hash of the original body, could send another body under the old signature.
 */
const MUST_BE_SIGNED = ['x-sdk-date', 'x-sdk-content-sha256', 'x-security-token']

const signedValues = (headers: WireHeaders, names: readonly string[]): [string, string][] | undefined => {
  const pairs: [string, string][] = []
  for (const name of names) {
    const value = singleHeader(headers, name)
    if (value === undefined) return undefined
    pairs.push([name, value])
  }
  return pairs
}

/** A digest in the header must be the body's own; only `UNSIGNED-PAYLOAD` (all requests of the PHP SDK) leaves it open. */
const payloadHashOf = ({ headers, body }: WireRequest): string | undefined => {
  const values = headers.get('x-sdk-content-sha256')
  if (!values) return sha256Hex(body)
  const [declared] = values
  if (declared === 'UNSIGNED-PAYLOAD') return declared
  return declared !== undefined && declared.toLowerCase() === sha256Hex(body) ? declared : undefined
}

const malformed = (detail: string): SignatureRefusal => ({ refused: 'malformed', detail })

const equal = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))

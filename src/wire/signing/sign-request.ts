import { ALGORITHM, canonicalUri, sha256Hex, signatureOf } from './canonical-request.ts'
import { canonicalQueries } from './query.ts'
import { formatSdkDate } from './sdk-date.ts'
import { splitTarget } from './wire-request.ts'

export interface SigningKey {
  readonly access: string
  readonly secret: string
  /** Of temporary keys. */
  readonly securityToken?: string
}

export interface RequestToSign {
  readonly method: string
  /** Raw path and query as they will be sent. */
  readonly target: string
  /** All of these are signed; `host` belongs among them. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/**
 * The client side of SDK-HMAC-SHA256: the given headers in lower case plus the date, the security token and
 * `authorization`. Throws when the target is no well-formed path and query.
 */
export const signRequest = (request: RequestToSign, key: SigningKey, date: Date): Record<string, string> => {
  const sdkDate = formatSdkDate(date)
  const headers = Object.entries({
    ...request.headers,
    'x-sdk-date': sdkDate,
    ...(key.securityToken !== undefined && { 'x-security-token': key.securityToken }),
  }).map(([name, value]): [string, string] => [name.toLowerCase(), value.trim()])
  headers.sort(([a], [b]) => (a < b ? -1 : 1))
  const { path, query } = splitTarget(request.target)
  const uri = canonicalUri(path)
  const canonicalQuery = canonicalQueries(query)?.[0]
  if (uri === undefined || canonicalQuery === undefined) throw new Error('the path or query to sign is not well-formed')
  const sent = Object.fromEntries(headers)
  const payloadHash = sent['x-sdk-content-sha256'] ?? sha256Hex(request.body)
  const signature = signatureOf(
    { method: request.method, uri, query: canonicalQuery, headers, payloadHash },
    key.secret,
    sdkDate,
  )
  const names = headers.map(([name]) => name).join(';')
  return { ...sent, authorization: `${ALGORITHM} Access=${key.access}, SignedHeaders=${names}, Signature=${signature}` }
}

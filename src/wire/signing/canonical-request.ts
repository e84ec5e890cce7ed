import { createHash, createHmac } from 'node:crypto'
import { decodePercent, encodePercent } from './percent.ts'

export const ALGORITHM = 'SDK-HMAC-SHA256'

/** The parts of a request in the form that is hashed (auth.md section 3). */
export interface CanonicalParts {
  readonly method: string
  readonly uri: string
  readonly query: string
  /** Lower-case name and value, in the order of `SignedHeaders`. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly payloadHash: string
}

/** Lower-case hex HMAC under the secret key itself: no derived key, no date or region scope. */
export const signatureOf = (parts: CanonicalParts, secret: string, sdkDate: string): string =>
  createHmac('sha256', secret)
    .update(`${ALGORITHM}\n${sdkDate}\n${sha256Hex(canonicalRequest(parts))}`)
    .digest('hex')

export const canonicalRequest = ({ method, uri, query, headers, payloadHash }: CanonicalParts): string => {
  const lines = headers.map(([name, value]) => `${name}:${value}\n`).join('')
  return [method, uri, query, lines, headers.map(([name]) => name).join(';'), payloadHash].join('\n')
}

/** Always ends in `/`, although the request itself does not. `undefined` when the path is no path or an escape is broken. */
export const canonicalUri = (rawPath: string): string | undefined => {
  if (!rawPath.startsWith('/')) return undefined
  const segments = rawPath.split('/').map(decodePercent)
  if (!segments.every((segment) => segment !== undefined)) return undefined
  const uri = segments.map(encodePercent).join('/')
  return uri.endsWith('/') ? uri : `${uri}/`
}

export const sha256Hex = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

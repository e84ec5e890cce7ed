import { createHmac, timingSafeEqual } from 'node:crypto'
import type { ObjectAddress } from '../../core/shared/object-store.ts'
import { encodeKeyPath, encodePart } from './object-key.ts'

/** Where the API serves reads of the local store. */
export const STORAGE_PATH = '/storage/'

export interface SignedReadSettings {
  readonly publicUrl: string
  readonly secret: Uint8Array
}

export interface SignedRead {
  readonly object: ObjectAddress
  readonly expiresAt: Date
}

/** `{publicUrl}/storage/{bucket}/{key}?Expires=...&Signature=...`; `Expires` in Unix seconds. */
export const signReadUrl = ({ publicUrl, secret }: SignedReadSettings, { object, expiresAt }: SignedRead): string => {
  const expires = String(Math.ceil(expiresAt.getTime() / 1000))
  const query = new URLSearchParams({ Expires: expires, Signature: sign(secret, object, expires) })
  return `${publicUrl.replace(/\/+$/, '')}${STORAGE_PATH}${encodeAddress(object)}?${query}`
}

/** The object that the path of a request (still escaped, without query) asks for; `undefined` when it is none of ours. */
export const parseStoragePath = (path: string): ObjectAddress | undefined => {
  if (!path.startsWith(STORAGE_PATH)) return undefined
  try {
    const [, bucket, key] = /^([^/]+)\/(.+)$/s.exec(decodeURIComponent(path.slice(STORAGE_PATH.length))) ?? []
    return bucket === undefined || key === undefined ? undefined : { bucket, key }
  } catch (error) {
    if (error instanceof URIError) return undefined
    throw error
  }
}

/** Whether the query of a request allows to read this object now. */
export const verifySignedRead = (
  query: URLSearchParams,
  object: ObjectAddress,
  { secret, now }: { readonly secret: Uint8Array; readonly now: Date },
): boolean => {
  const expires = query.get('Expires') ?? ''
  if (!/^\d{1,12}$/.test(expires) || Number(expires) * 1000 < now.getTime()) return false
  const given = Buffer.from(query.get('Signature') ?? '')
  const expected = Buffer.from(sign(secret, object, expires))
  return given.length === expected.length && timingSafeEqual(given, expected)
}

/** A bucket has no slash and `expires` only digits, so no two addresses share a text. */
const sign = (secret: Uint8Array, { bucket, key }: ObjectAddress, expires: string): string =>
  createHmac('sha256', secret).update(`GET\n${expires}\n${bucket}/${key}`).digest('hex')

/** URL parsers resolve parts that are dots, escaped or not; with their slashes escaped they are no parts. */
const encodeAddress = ({ bucket, key }: ObjectAddress): string =>
  key.split('/').some((part) => part === '.' || part === '..')
    ? encodePart(`${bucket}/${key}`)
    : `${bucket}/${encodeKeyPath(key)}`

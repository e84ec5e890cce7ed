import { createHash } from 'node:crypto'

const MAX_KEY_BYTES = 1024
const BUCKET_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$/
const FOLDER_BUCKET_NAME = /^(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/

/**
 * Whether any store can hold such a key. Lone surrogates have no UTF-8 form: they would all turn into the same
 * replacement character, and two keys into one object.
 */
export const isObjectKey = (key: string): boolean =>
  key.length > 0 && key.isWellFormed() && Buffer.byteLength(key) <= MAX_KEY_BYTES

/** Wider than today's rules of S3 and OBS, because buckets older than those exist; never a path. */
export const isBucketName = (bucket: string): boolean => BUCKET_NAME.test(bucket)

/**
 * Today's rules of S3 and OBS. One case only, because a file system may fold it: two names would be one folder, whose
 * owner under one name could not keep out who owns the other.
 */
export const isFolderBucketName = (bucket: string): boolean => FOLDER_BUCKET_NAME.test(bucket)

/** For writes: what cannot be named cannot be stored. */
export const assertObjectKey = (key: string): void => {
  if (!isObjectKey(key)) throw new Error(`an object key has 1 to ${MAX_KEY_BYTES} bytes of valid UTF-8`)
}

/** The order of S3 listings: bytes of UTF-8, which is not JavaScript's order of UTF-16 units. */
export const compareKeys = (left: string, right: string): number =>
  Buffer.compare(Buffer.from(left), Buffer.from(right))

/** A name of fixed length for a key that a file system cannot hold. */
export const hashKey = (key: string): string => createHash('sha256').update(key, 'utf8').digest('hex')

/** Slashes stay, everything else that a URL could take for syntax is escaped. */
export const encodeKeyPath = (key: string): string => key.split('/').map(encodePart).join('/')

/** `encodeURIComponent` leaves `!'()*` as they are; signatures of S3 do not. */
export const encodePart = (part: string): string =>
  encodeURIComponent(part).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)

import type { Readable } from 'node:stream'

export interface ObjectAddress {
  readonly bucket: string
  /** Bytes as UTF-8, at most 1,024 of them; any character, any number of slashes. */
  readonly key: string
}

export interface ObjectInfo {
  readonly sizeBytes: number
  /** Opaque, without quotes. Changes whenever the bytes do. */
  readonly etag: string
  readonly modifiedAt: Date
  readonly contentType?: string
}

/** What an object is, and a way to its bytes: one of these is called, once. */
export interface OpenedObject {
  readonly info: ObjectInfo
  /** To be read to the end, or destroyed. */
  readonly stream: () => Readable
  /** Puts all of them into memory of their size; nothing is written to it once this has ended. Absent: they are on their way already. Fails as `ObjectStore.fill`. */
  readonly fill?: (place: Uint8Array) => Promise<void>
  readonly close: () => Promise<void>
}

/** First and last byte, both included, as in a Range header. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

export interface ReadOptions {
  readonly range?: ByteRange
  /** Refuse to read another version of the object (`ObjectChangedError`). */
  readonly ifMatch?: string
  readonly signal?: AbortSignal
}

export interface FillOptions {
  readonly start: number
  /** As of `ReadOptions`. */
  readonly ifMatch?: string
  readonly signal?: AbortSignal
}

export interface PutOptions {
  readonly contentType: string
  readonly signal?: AbortSignal
}

export interface PutStreamOptions {
  readonly contentType: string
  /** Of all bytes; more or fewer of them fail. Absent: nobody knows before the end. */
  readonly sizeBytes?: number
  readonly signal: AbortSignal
}

export interface CopyOptions {
  /** Refuse to copy another version of the source than the one seen before (`ObjectChangedError`). */
  readonly ifMatch: string
  readonly sizeBytes: number
  readonly signal: AbortSignal
  /** Called now and then with a share in 0..1. */
  readonly onProgress?: (share: number) => void
}

/** The object is gone, or another version than asked for with `ifMatch`. */
export class ObjectChangedError extends Error {
  override readonly name = 'ObjectChangedError'
}

/** The store knows us, but will not let us look there: it is another account's or user's, or lies in another region. */
export class StoreRefusedError extends Error {
  override readonly name = 'StoreRefusedError'
}

/**
 * Where media lie: tenants' buckets and our own. Says what the product needs, not what S3 can do.
 * Every implementation passes `test/adapters/object-store.suite.ts`.
 * Methods throw when the store cannot say; whoever calls retries (all are safe to repeat).
 */
export interface ObjectStore {
  /** Completes the sentence "There is no bucket <name> ..." for people; names no host and no path of the machine. */
  readonly whereBucketsAre: string
  /** `undefined` when there is no such object or bucket. Throws `StoreRefusedError` when we may not know. */
  head(object: ObjectAddress, signal?: AbortSignal): Promise<ObjectInfo | undefined>
  /**
   * A stream of the bytes asked for. Throws `ObjectChangedError` when there is no such object any more, and `RangeError`
   * when the range begins at or past the end (one that only ends there is cut). Throws `StoreRefusedError` when we may not read it.
   */
  read(object: ObjectAddress, options?: ReadOptions): Promise<Readable>
  /**
   * Puts the bytes from `start` on into memory that is there, as many as it has room for, one at least: place after place, and nothing is held beside them. Fails as
   * `read`, and with a `RangeError` where the object ends before. What failed may still be written to: such memory is not used again.
   */
  fill(object: ObjectAddress, places: readonly Uint8Array[], options: FillOptions): Promise<void>
  /** `head` and `read` of the whole object in one step: both are of the same version. Fails as `read`, but answers as `head` what is not there. */
  open(object: ObjectAddress, signal?: AbortSignal): Promise<OpenedObject | undefined>
  /** Whole or not at all: a reader never sees half an object. */
  put(object: ObjectAddress, bytes: Uint8Array, options: PutOptions): Promise<void>
  /** The same for bytes that come one after the other, in memory for one part of some megabytes whatever their number. A piece may change once the next one is asked for. */
  putStream(object: ObjectAddress, bytes: AsyncIterable<Uint8Array>, options: PutStreamOptions): Promise<void>
  /**
   * Inside the store: no bytes through this process. Whole or not at all; answers the copy's head, whose size was compared
   * with the source's. Safe to repeat.
   */
  copy(from: ObjectAddress, to: ObjectAddress, options: CopyOptions): Promise<ObjectInfo>
  /** Objects that are not there count as removed. */
  remove(bucket: string, keys: readonly string[], signal?: AbortSignal): Promise<void>
  /** Ends uploads and copies that have not ended below a prefix, also of killed processes, to the keys that `choose` answers of theirs. */
  abortUploads(
    below: { readonly bucket: string; readonly prefix: string },
    choose: (keys: readonly string[]) => Promise<readonly string[]>,
    signal?: AbortSignal,
  ): Promise<void>
  /** Keys that begin with `prefix`, in byte order. */
  list(
    bucket: string,
    prefix: string,
    signal?: AbortSignal,
  ): AsyncIterable<{ readonly key: string; readonly sizeBytes: number }>
  /** Where we could use it: `false` for one of another region. Throws `StoreRefusedError` when we may not use it. */
  bucketExists(bucket: string): Promise<boolean>
  /** Succeeds when the bucket is already there. */
  createBucket(bucket: string): Promise<void>
  /** A URL that reads the object without further credentials for so long. */
  signedReadUrl(object: ObjectAddress, expiresSeconds: number): Promise<string>
  /** Throws with a plain reason when the store cannot be reached; asked by `/readyz`. */
  check(signal: AbortSignal): Promise<void>
}

import type { Readable } from 'node:stream'
import {
  ObjectChangedError,
  type ObjectStore,
  type ReadOptions,
  StoreRefusedError,
} from '../../core/shared/object-store.ts'

export const STORE_OPERATIONS = [
  ...(['head', 'read', 'put', 'copy', 'remove', 'abortUploads', 'list'] as const),
  ...(['bucketExists', 'createBucket', 'signedReadUrl', 'check'] as const),
] as const
export type StoreOperation = (typeof STORE_OPERATIONS)[number]

/** The same store; `failed` hears of each operation that it could not do. What it says of an object, and an abort of ours, are no failures. */
export const countStoreErrors = (store: ObjectStore, failed: (operation: StoreOperation) => void): ObjectStore => {
  const judge = (operation: StoreOperation, error: unknown, signal: AbortSignal | undefined): void => {
    if (!signal?.aborted && !ANSWERS.some((answer) => error instanceof answer)) failed(operation)
  }
  const watch = async <T>(operation: StoreOperation, doing: Promise<T>, signal?: AbortSignal): Promise<T> => {
    try {
      return await doing
    } catch (error) {
      judge(operation, error, signal)
      throw error
    }
  }
  const watchStream = (stream: Readable, signal?: AbortSignal): Readable =>
    stream.once('error', (error) => judge('read', error, signal))
  return {
    whereBucketsAre: store.whereBucketsAre,
    head: (object, signal) => watch('head', store.head(object, signal), signal),
    async read(object, options: ReadOptions = {}) {
      const { signal } = options
      return watchStream(await watch('read', store.read(object, options), signal), signal)
    },
    fill: (object, places, options) => watch('read', store.fill(object, places, options), options.signal),
    async open(object, signal) {
      const opened = await watch('read', store.open(object, signal), signal)
      if (!opened) return
      const { fill } = opened
      return {
        ...opened,
        stream: () => watchStream(opened.stream(), signal),
        ...(fill && { fill: (place) => watch('read', fill(place), signal) }),
      }
    },
    put: (object, bytes, options) => watch('put', store.put(object, bytes, options), options.signal),
    putStream: (object, bytes, options) => watch('put', store.putStream(object, bytes, options), options.signal),
    copy: (from, to, options) => watch('copy', store.copy(from, to, options), options.signal),
    remove: (bucket, keys, signal) => watch('remove', store.remove(bucket, keys, signal), signal),
    abortUploads: (below, choose, signal) => watch('abortUploads', store.abortUploads(below, choose, signal), signal),
    async *list(bucket, prefix, signal) {
      try {
        yield* store.list(bucket, prefix, signal)
      } catch (error) {
        judge('list', error, signal)
        throw error
      }
    },
    bucketExists: (bucket) => watch('bucketExists', store.bucketExists(bucket)),
    createBucket: (bucket) => watch('createBucket', store.createBucket(bucket)),
    signedReadUrl: (object, expiresSeconds) => watch('signedReadUrl', store.signedReadUrl(object, expiresSeconds)),
    check: (signal) => watch('check', store.check(signal), signal),
  }
}

const ANSWERS = [ObjectChangedError, StoreRefusedError, RangeError]

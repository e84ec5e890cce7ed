import { access, constants, mkdir } from 'node:fs/promises'
import { addAbortSignal, type Readable } from 'node:stream'
import type { Now } from '../../core/shared/clock.ts'
import {
  type ObjectAddress,
  ObjectChangedError,
  type ObjectInfo,
  type ObjectStore,
  type ReadOptions,
} from '../../core/shared/object-store.ts'
import { findBucket, makeBucket, requireBucket } from './local-bucket.ts'
import { copyObject } from './local-copy-object.ts'
import { type ListedObject, listObjects } from './local-list.ts'
import { type OpenObject, openObject } from './local-object.ts'
import { placeObject } from './local-place.ts'
import { fillFrom, fillWith, streamObject } from './local-read.ts'
import { removeObjects } from './local-remove.ts'
import { removeAbandonedFiles, TemporaryFile } from './local-temporary.ts'
import { assertObjectKey } from './object-key.ts'
import { signReadUrl } from './signed-read.ts'
import { attempt, nameOf, translateFailure } from './store-failure.ts'
import { wholeOf } from './whole-of.ts'

export interface LocalStoreSettings {
  /** The folder of the buckets' folders; made when it is missing. */
  readonly root: string
  /** Where the API serves signed reads, such as `http://127.0.0.1:8080`; asked for each URL, for it may be settled late. */
  readonly publicUrl: () => string
  /** Signs read URLs; any process that serves them needs the same. */
  readonly signingSecret: Uint8Array
  readonly now: Now
}

/**
 * Buckets as folders: a bucket is there when its folder is, an object is a file at its key, and a file that somebody
 * drops in is an object at once. Keys that no file system can hold lie under `.telecine/keys`. On a file system that
 * folds case (macOS), keys that differ only by case are one object. The content type follows from the key's ending.
 * Folders that are links are not entered; a link to a file counts when it leads to a file of the same bucket.
 */
export const createLocalObjectStore = (settings: LocalStoreSettings): ObjectStore => {
  const { root } = settings
  const writing = createCleaner(root)
  return {
    whereBucketsAre: 'in this object storage; a bucket is a folder in `buckets` of the data folder',
    head: (object, signal) => attempt(`look at object ${nameOf(object)}`, signal, () => head(root, object)),
    read: (object, options = {}) =>
      attempt(`read object ${nameOf(object)}`, options.signal, async () => {
        return stoppable(await startReading(await findVersion(root, object, options), options), options.signal)
      }),
    fill: (object, places, options) =>
      attempt(`read object ${nameOf(object)}`, options.signal, async () =>
        fillFrom(await findVersion(root, object, options), places, options),
      ),
    open: (object, signal) =>
      attempt(`read object ${nameOf(object)}`, signal, async () => {
        const opened = await find(root, object)
        if (!opened) return undefined
        const { info, file } = opened
        return {
          info,
          stream: () => stoppable(streamObject(opened, undefined, info.etag), signal),
          fill: (place) => attempt(`read object ${nameOf(object)}`, signal, () => fillWith(opened, place)),
          close: () => file.close(),
        }
      }),
    put: (object, bytes, { signal }) =>
      attempt(`put object ${nameOf(object)}`, signal, async () => {
        assertObjectKey(object.key)
        const bucketPath = await writing(object.bucket)
        await using temporary = await TemporaryFile.create(bucketPath)
        await temporary.file.writeFile(bytes, { signal })
        await placeObject(bucketPath, object.key, temporary)
      }),
    putStream: (object, bytes, { sizeBytes, signal }) =>
      attempt(`put object ${nameOf(object)}`, signal, async () => {
        assertObjectKey(object.key)
        const bucketPath = await writing(object.bucket)
        await using temporary = await TemporaryFile.create(bucketPath)
        for await (const chunk of wholeOf(bytes, sizeBytes)) {
          signal.throwIfAborted()
          await temporary.file.writeFile(chunk)
        }
        await placeObject(bucketPath, object.key, temporary)
      }),
    copy: (from, to, options) =>
      attempt(`copy object ${nameOf(from)} to ${nameOf(to)}`, options.signal, async () => {
        assertObjectKey(to.key)
        const sourcePath = await findBucket(root, from.bucket)
        if (sourcePath === undefined) throw new ObjectChangedError("the source's bucket is gone")
        const target = { bucketPath: await writing(to.bucket), key: to.key }
        return await copyObject({ bucketPath: sourcePath, key: from.key }, target, options)
      }),
    remove: (bucket, keys, signal) =>
      attempt(`remove objects from bucket ${bucket}`, signal, async () => {
        const bucketPath = await findBucket(root, bucket)
        if (bucketPath !== undefined) await removeObjects(bucketPath, keys, signal)
      }),
    // Copies are whole here; what killed processes leave is removed at the first write.
    abortUploads: async () => undefined,
    list: (bucket, prefix, signal) => list(root, { bucket, prefix, signal }),
    bucketExists: (bucket) =>
      attempt(`look at bucket ${bucket}`, undefined, async () => (await findBucket(root, bucket)) !== undefined),
    createBucket: (bucket) => attempt(`create bucket ${bucket}`, undefined, () => makeBucket(root, bucket)),
    async signedReadUrl(object, expiresSeconds) {
      const expiresAt = new Date(settings.now().getTime() + expiresSeconds * 1000)
      return signReadUrl({ publicUrl: settings.publicUrl(), secret: settings.signingSecret }, { object, expiresAt })
    },
    check: (signal) =>
      attempt('use the folder of the buckets', signal, async () => {
        await mkdir(root, { recursive: true })
        await access(root, constants.R_OK | constants.W_OK | constants.X_OK)
      }),
  }
}

/** The path of a bucket to write to, cleaned of what dead processes left there when it is first written to. */
const createCleaner = (root: string): ((bucket: string) => Promise<string>) => {
  const cleaned = new Set<string>()
  return async (bucket) => {
    const bucketPath = await requireBucket(root, bucket)
    if (!cleaned.has(bucketPath)) await removeAbandonedFiles(bucketPath)
    cleaned.add(bucketPath)
    return bucketPath
  }
}

const find = async (root: string, { bucket, key }: ObjectAddress): Promise<OpenObject | undefined> => {
  const bucketPath = await findBucket(root, bucket)
  return bucketPath === undefined ? undefined : await openObject(bucketPath, key)
}

const head = async (root: string, object: ObjectAddress): Promise<ObjectInfo | undefined> => {
  const opened = await find(root, object)
  await opened?.file.close()
  return opened?.info
}

const stoppable = (stream: Readable, signal: AbortSignal | undefined): Readable =>
  signal ? addAbortSignal(signal, stream) : stream

const findVersion = async (
  root: string,
  object: ObjectAddress,
  { ifMatch }: Pick<ReadOptions, 'ifMatch'>,
): Promise<OpenObject> => {
  const opened = await find(root, object)
  if (!opened) throw new ObjectChangedError('there is no such object')
  if (ifMatch === undefined || ifMatch === opened.info.etag) return opened
  await opened.file.close()
  throw new ObjectChangedError('the object changed')
}

const startReading = async (opened: OpenObject, { range, ifMatch }: ReadOptions): Promise<Readable> => {
  try {
    if (range && range.start >= opened.info.sizeBytes) throw new RangeError('the range starts past the end')
    return streamObject(opened, range, ifMatch)
  } catch (error) {
    await opened.file.close()
    throw error
  }
}

interface ListRequest {
  readonly bucket: string
  readonly prefix: string
  readonly signal: AbortSignal | undefined
}

async function* list(root: string, { bucket, prefix, signal }: ListRequest): AsyncGenerator<ListedObject> {
  try {
    const bucketPath = await findBucket(root, bucket)
    if (bucketPath !== undefined) yield* listObjects(bucketPath, prefix, signal)
  } catch (error) {
    throw translateFailure(`list bucket ${bucket}`, error, signal)
  }
}

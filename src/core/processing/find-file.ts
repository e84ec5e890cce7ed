import { ObjectChangedError, type ObjectStore, StoreRefusedError } from '../shared/object-store.ts'
import { PermanentFailure } from '../shared/task.ts'
import type { PinnedObject, PinnedPiece } from './ports.ts'

/** The files of a stream in a tenant's bucket. */
export interface StreamFiles {
  readonly store: Pick<ObjectStore, 'head' | 'read'>
  readonly bucket: string
  /** Key prefix of all of them; empty, or ends in a slash. */
  readonly folder: string
  readonly signal: AbortSignal
  /** By path: no others, and of these no other versions. Absent: all that there are, as they are. */
  readonly etags?: ReadonlyMap<string, string>
}

/** One of them. Throws `PermanentFailure` naming it when it is missing, empty, another version or not to be read. */
export const findFile = async (
  { store, bucket, folder, signal, etags }: StreamFiles,
  path: string,
): Promise<PinnedObject> => {
  const object = { bucket, key: folder + path }
  const found = await orRefused(path, store.head(object, signal))
  if (!found) throw new PermanentFailure(`${path} is missing`)
  if (etags && found.etag !== etags.get(path)) throw new PermanentFailure(`${path} is not the file that was adopted`)
  if (found.sizeBytes === 0) throw new PermanentFailure(`${path} is empty`)
  return { ...object, sizeBytes: found.sizeBytes, etag: found.etag }
}

/** So many bytes of it. Throws `PermanentFailure` when it is another version meanwhile. */
export const readStart = async (
  { store, folder, signal }: StreamFiles,
  { object, range }: PinnedPiece,
): Promise<Uint8Array> => {
  const path = object.key.slice(folder.length)
  try {
    const stream = await orRefused(path, store.read(object, { range, ifMatch: object.etag, signal }))
    const chunks: Uint8Array[] = []
    for await (const chunk of stream) chunks.push(chunk)
    return Buffer.concat(chunks)
  } catch (error) {
    if (!(error instanceof ObjectChangedError)) throw error
    throw new PermanentFailure(`${path} was changed or deleted meanwhile`, { cause: error })
  }
}

const orRefused = async <T>(path: string, work: Promise<T>): Promise<T> => {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof StoreRefusedError)) throw error
    throw new PermanentFailure(`the store does not let us read ${path}`, { cause: error })
  }
}

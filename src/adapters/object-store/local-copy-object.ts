import { join } from 'node:path'
import { type CopyOptions, ObjectChangedError, type ObjectInfo } from '../../core/shared/object-store.ts'
import { copyBytes } from './local-copy.ts'
import { hashedPath, plainPath } from './local-layout.ts'
import { etagOf, type OpenObject, openObject } from './local-object.ts'
import { placeObject } from './local-place.ts'
import { TemporaryFile } from './local-temporary.ts'

/** An object's place: the real path of its bucket's folder, and its key. */
export interface LocalPlace {
  readonly bucketPath: string
  readonly key: string
}

/** The version asked for is held open from the first check to the last, so a new file at its key does no harm. */
export const copyObject = async (from: LocalPlace, to: LocalPlace, options: CopyOptions): Promise<ObjectInfo> => {
  const source = await openObject(from.bucketPath, from.key)
  if (!source) throw new ObjectChangedError('the source is gone')
  try {
    assertVersion(source.info.etag === options.ifMatch && source.info.sizeBytes === options.sizeBytes)
    if (from.bucketPath === to.bucketPath && from.key === to.key) return source.info
    await copyOpened(from, to, { source, options })
  } finally {
    await source.file.close()
  }
  const copied = await openObject(to.bucketPath, to.key)
  if (!copied) throw new Error('the copy was removed at once')
  await copied.file.close()
  return copied.info
}

const copyOpened = async (
  from: LocalPlace,
  to: LocalPlace,
  { source, options }: { readonly source: OpenObject; readonly options: CopyOptions },
): Promise<void> => {
  const path = (source.isPlain ? plainPath(from.key) : undefined) ?? hashedPath(from.key)
  await using temporary = await TemporaryFile.create(to.bucketPath)
  await copyBytes({
    fromPath: join(from.bucketPath, ...path),
    from: source.file,
    toPath: temporary.path,
    to: temporary.file,
    sizeBytes: options.sizeBytes,
    signal: options.signal,
    onProgress: options.onProgress,
  })
  await temporary.reopen()
  // Written to in place while it was copied: the copy is a mixture that never was an object.
  assertVersion(etagOf(await source.file.stat({ bigint: true })) === options.ifMatch)
  const { size } = await temporary.file.stat()
  if (size !== options.sizeBytes) throw new Error(`the copy has ${size} bytes instead of ${options.sizeBytes}`)
  options.signal.throwIfAborted()
  await placeObject(to.bucketPath, to.key, temporary)
}

const assertVersion = (isSame: boolean): void => {
  if (!isSame) throw new ObjectChangedError('the source is another version than asked for')
}

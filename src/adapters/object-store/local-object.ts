import type { BigIntStats } from 'node:fs'
import { constants, type FileHandle, lstat, open, readlink, realpath } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import type { ObjectInfo } from '../../core/shared/object-store.ts'
import { contentTypeOf } from './content-type.ts'
import { isAbsence } from './local-folder.ts'
import { type FilePath, hashedPath, OWN_FOLDER, plainPath } from './local-layout.ts'
import { isObjectKey } from './object-key.ts'
import { hasCode, refusedOr } from './store-failure.ts'

/** An object that was found, held open: whatever happens to its name, these stay its bytes. */
export interface OpenObject {
  readonly file: FileHandle
  readonly info: ObjectInfo
  /** Whether it lies at its key, rather than under the hash of it. */
  readonly isPlain: boolean
}

/** A file at the key wins over one under its hash: the latter may be left over from a time when the place was taken. */
export const openObject = async (bucketPath: string, key: string): Promise<OpenObject | undefined> => {
  if (!isObjectKey(key)) return undefined
  const plain = plainPath(key)
  const atKey = plain && (await openFile(bucketPath, plain))
  const file = atKey ?? (await openFile(bucketPath, hashedPath(key)))
  if (!file) return undefined
  return { file: file.file, info: describe(file.stats, key), isPlain: atKey !== undefined }
}

/** Size and time of change together, as the one thing that a file system tells of a file's version. */
export const etagOf = (stats: BigIntStats): string => `${stats.size}-${stats.mtimeNs}`

const describe = (stats: BigIntStats, key: string): ObjectInfo => {
  const contentType = contentTypeOf(key)
  return {
    sizeBytes: Number(stats.size),
    etag: etagOf(stats),
    modifiedAt: stats.mtime,
    ...(contentType === undefined ? {} : { contentType }),
  }
}

/** Not blocking, because opening a pipe would wait for its writer. */
const openFile = async (
  bucketPath: string,
  path: FilePath,
): Promise<{ readonly file: FileHandle; readonly stats: BigIntStats } | undefined> => {
  const asked = join(bucketPath, ...path)
  const file = await open(asked, constants.O_RDONLY | constants.O_NONBLOCK).catch((error) => {
    if (isAbsence(error) || hasCode(error, 'ENXIO', 'EISDIR', 'ENODEV')) return undefined
    throw refusedOr(error)
  })
  if (!file) return undefined
  try {
    const stats = await file.stat({ bigint: true })
    if (stats.isFile() && (await belongsTo(bucketPath, asked, { file, stats }))) return { file, stats }
  } catch (error) {
    await file.close()
    throw error
  }
  await file.close()
  return undefined
}

interface OpenFile {
  readonly file: FileHandle
  readonly stats: BigIntStats
}

/**
 * A link counts as the file it leads to when that is a plain file of the same bucket, and folders are never links: so
 * what can be read is what is listed and written, and nothing outside the bucket can be reached.
 */
const belongsTo = async (bucketPath: string, asked: string, opened: OpenFile): Promise<boolean> => {
  const path = await openedPath(asked, opened)
  // What was replaced or removed since is still the object that was asked for.
  if (path === asked || path === `${asked} (deleted)`) return true
  if (path === undefined || !path.startsWith(bucketPath + sep)) return false
  if (path.startsWith(join(bucketPath, OWN_FOLDER) + sep)) return false
  const folder = dirname(asked)
  return (await realpath(folder).catch(() => undefined)) === folder
}

/** Where the file that was opened really lies. Asking for the path again could meet another file. */
const openedPath = async (asked: string, { file, stats }: OpenFile): Promise<string | undefined> => {
  if (process.platform === 'linux') return await readlink(`/proc/self/fd/${file.fd}`)
  try {
    const path = await realpath(asked)
    const there = await lstat(path, { bigint: true })
    return there.ino === stats.ino && there.dev === stats.dev ? path : undefined
  } catch (error) {
    if (isAbsence(error)) return undefined
    throw error
  }
}

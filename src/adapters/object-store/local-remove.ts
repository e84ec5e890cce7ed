import { rmdir, unlink } from 'node:fs/promises'
import { inParallel } from './in-parallel.ts'
import { isAbsence, openFolders } from './local-folder.ts'
import { type FilePath, plainPath, splitPath } from './local-layout.ts'
import { openObject } from './local-object.ts'
import { removeHashed } from './local-place.ts'
import { hasCode } from './store-failure.ts'

const PARALLEL = 8

/** Removes objects, then the folders that this left empty: a folder is no object and nobody asked for one. */
export const removeObjects = async (
  bucketPath: string,
  keys: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> => {
  const folders = new Map<string, readonly string[]>()
  await inParallel(keys, PARALLEL, async (key) => {
    signal?.throwIfAborted()
    const removed = await removeObject(bucketPath, key)
    if (removed) folders.set(removed.join('/'), removed)
  })
  // The deepest first, so that a folder that holds nothing but emptied folders is found empty.
  const deepestFirst = [...folders.values()].toSorted((left, right) => right.length - left.length)
  for (const folder of deepestFirst) await prune(bucketPath, folder)
}

/** The folders on the way to the file that was removed. */
const removeObject = async (bucketPath: string, key: string): Promise<readonly string[] | undefined> => {
  const opened = await openObject(bucketPath, key)
  if (!opened) return undefined
  await opened.file.close()
  // What lies under the hash would show again once the file at the key is gone.
  await removeHashed(bucketPath, key)
  const plain = opened.isPlain ? plainPath(key) : undefined
  return plain && (await unlinkPlain(bucketPath, plain))
}

const unlinkPlain = async (bucketPath: string, path: FilePath): Promise<readonly string[] | undefined> => {
  const { folders, name } = splitPath(path)
  await using folder = await openFolders(bucketPath, folders)
  if (!folder) return undefined
  try {
    await unlink(folder.at(name))
    return folders
  } catch (error) {
    if (isAbsence(error)) return undefined
    throw error
  }
}

/** Upwards until a folder is not empty; that one is brought to disk, so that what was removed stays so. */
const prune = async (bucketPath: string, names: readonly string[]): Promise<void> => {
  for (let depth = names.length; depth >= 0; depth--) {
    const name = names[depth - 1]
    if (name !== undefined && (await removeFolder(bucketPath, names.slice(0, depth - 1), name))) continue
    await using folder = await openFolders(bucketPath, names.slice(0, depth))
    if (!folder) continue
    await folder.sync()
    return
  }
}

/** `rmdir` refuses a folder that got a new file in between; `placeObject` tries again when its folder goes away. */
const removeFolder = async (bucketPath: string, parents: readonly string[], name: string): Promise<boolean> => {
  await using parent = await openFolders(bucketPath, parents)
  if (!parent) return false
  try {
    await rmdir(parent.at(name))
    return true
  } catch (error) {
    if (isAbsence(error) || hasCode(error, 'EBUSY', 'EPERM', 'EACCES')) return false
    throw error
  }
}

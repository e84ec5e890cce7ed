import { rename } from 'node:fs/promises'
import { isRefusedName, makeFolders, openFolders } from './local-folder.ts'
import { type FilePath, hashedPath, namePath, plainPath, splitPath } from './local-layout.ts'
import { TemporaryFile, unlinkIfThere } from './local-temporary.ts'
import { hasCode } from './store-failure.ts'

/** Each new try means that somebody removed the last object of the folder in between. */
const MAX_TRIES = 100

/** Turns a finished temporary file into the object, in one step for readers. Without links on the way. */
export const placeObject = async (bucketPath: string, key: string, temporary: TemporaryFile): Promise<void> => {
  await temporary.settle()
  const plain = plainPath(key)
  if (plain && (await placeFile(bucketPath, plain, temporary))) {
    await removeHashed(bucketPath, key)
    return
  }
  await placeHashed(bucketPath, key, temporary)
}

/**
 * Removes an object that lies under the hash of its key, and its name. The name goes first and comes last: in whichever
 * order a removal and a new version meet, no object is left without the name that lists it.
 */
export const removeHashed = async (bucketPath: string, key: string): Promise<void> => {
  const { folders, name } = splitPath(hashedPath(key))
  await using folder = await openFolders(bucketPath, folders)
  if (!folder) return
  await unlinkIfThere(folder.at(splitPath(namePath(key)).name))
  await unlinkIfThere(folder.at(name))
}

const placeHashed = async (bucketPath: string, key: string, temporary: TemporaryFile): Promise<void> => {
  await using name = await TemporaryFile.create(bucketPath)
  await name.file.writeFile(key)
  await name.file.sync()
  const isPlaced =
    (await placeFile(bucketPath, hashedPath(key), temporary)) && (await placeFile(bucketPath, namePath(key), name))
  if (!isPlaced) throw new Error("something else lies in the place of the bucket's folder for odd keys")
}

/** `false` when the file system cannot have a file there. */
const placeFile = async (bucketPath: string, path: FilePath, temporary: TemporaryFile): Promise<boolean> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await tryPlaceFile(bucketPath, path, temporary)
    } catch (error) {
      if (isRefusedName(error)) return false
      if (!hasCode(error, 'ENOENT') || attempt === MAX_TRIES) throw error
    }
  }
}

const tryPlaceFile = async (bucketPath: string, path: FilePath, temporary: TemporaryFile): Promise<boolean> => {
  const { folders, name } = splitPath(path)
  await using folder = await makeFolders(bucketPath, folders)
  if (!folder) return false
  await rename(temporary.path, folder.at(name))
  await folder.sync()
  return true
}

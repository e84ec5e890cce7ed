import { hashKey } from './object-key.ts'

/** Our own corner of a bucket's folder; no key of an object ever leads into it. */
export const OWN_FOLDER = '.telecine'
/** Files on their way to becoming objects. In the bucket itself, because a rename does not cross file systems. */
export const TEMPORARY_FOLDER: readonly string[] = [OWN_FOLDER, 'tmp']
/** Objects whose keys no file system can hold, by the hash of their key. */
export const HASHED_FOLDER: readonly string[] = [OWN_FOLDER, 'keys']
/** Beside each of them a file with this ending, which holds the key. */
export const NAME_ENDING = '.name'

const MAX_PART_BYTES = 255

/** The last part is the file, those before it are its folders. */
export type FilePath = readonly [string, ...string[]]

/**
 * Where a key lies as a plain file, or `undefined` when no file system can hold it. Case is folded for our own folder's
 * name because macOS does so.
 */
export const plainPath = (key: string): FilePath | undefined => {
  const [first, ...rest] = key.split('/')
  if (first === undefined || ![first, ...rest].every(isPlainPart)) return undefined
  return [first, ...rest]
}

/** Where a key lies that has no plain path, or whose plain path is taken by a folder or leads through a file. */
export const hashedPath = (key: string): FilePath => [OWN_FOLDER, 'keys', hashKey(key)]

/** The file with the key itself, beside the object. */
export const namePath = (key: string): FilePath => [OWN_FOLDER, 'keys', hashKey(key) + NAME_ENDING]

export const splitPath = (path: FilePath): { readonly folders: readonly string[]; readonly name: string } => ({
  folders: path.slice(0, -1),
  name: path.at(-1) ?? path[0],
})

/** Whether a file or folder of this name is a part of a key. */
export const isPlainPart = (part: string): boolean =>
  part !== '' &&
  part !== '.' &&
  part !== '..' &&
  !part.includes('\0') &&
  part.toLowerCase() !== OWN_FOLDER &&
  Buffer.byteLength(part) <= MAX_PART_BYTES

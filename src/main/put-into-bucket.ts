import { constants } from 'node:fs'
import { copyFile, lstat, mkdir, open, realpath } from 'node:fs/promises'
import { basename, join, parse } from 'node:path'

const PIECE_BYTES = 1 << 20
/** Of a file's name, on every file system that counts. */
const MAX_NAME_BYTES = 255

/**
 * Puts a file into a bucket's folder, where it is an object at once; the copy costs no space where the file system can share
 * it. Never over another one: then under a numbered name, unless the same bytes lie there already. Answers the object's name.
 */
export const putIntoBucket = async (file: string, bucketFolder: string, signal: AbortSignal): Promise<string> => {
  const source = await realpath(file)
  await mkdir(bucketFolder, { recursive: true })
  for (let number = 1; ; number++) {
    signal.throwIfAborted()
    const name = numbered(basename(source), number)
    const target = join(bucketFolder, name)
    if (await copyUnlessThere(source, target)) return name
    if (await haveSameBytes(source, target, signal)) return name
  }
}

/** `film (2).mp4`; a name that gets too long by it loses characters before the number. */
const numbered = (name: string, number: number): string => {
  if (number === 1) return name
  const { name: stem, ext } = parse(name)
  const ending = ` (${number})${ext}`
  const characters = [...stem]
  while (Buffer.byteLength(characters.join('') + ending) > MAX_NAME_BYTES) characters.pop()
  return characters.join('') + ending
}

const copyUnlessThere = async (source: string, target: string): Promise<boolean> => {
  try {
    await copyFile(source, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

const haveSameBytes = async (one: string, other: string, signal: AbortSignal): Promise<boolean> => {
  const [first, second] = await Promise.all([lstat(one), lstat(other)])
  // A link is not followed: one that leaves the bucket is no object.
  if (!second.isFile() || first.size !== second.size) return false
  if (first.dev === second.dev && first.ino === second.ino) return true
  await using oneFile = await open(one)
  await using otherFile = await open(other)
  const pieces = [Buffer.alloc(PIECE_BYTES), Buffer.alloc(PIECE_BYTES)] as const
  for (let at = 0; at < first.size; at += PIECE_BYTES) {
    signal.throwIfAborted()
    const read = await Promise.all([
      oneFile.read(pieces[0], 0, PIECE_BYTES, at),
      otherFile.read(pieces[1], 0, PIECE_BYTES, at),
    ])
    const [left, right] = read.map(({ buffer, bytesRead }) => buffer.subarray(0, bytesRead))
    if (!left || !right?.equals(left)) return false
  }
  return true
}

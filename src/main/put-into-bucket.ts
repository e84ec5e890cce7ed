import { link, lstat, mkdir, open, realpath } from 'node:fs/promises'
import { basename, join, parse } from 'node:path'
import { copyBytes } from '../adapters/object-store/local-copy.ts'
import { removeAbandonedFiles, TemporaryFile } from '../adapters/object-store/local-temporary.ts'
import { hasCode } from '../adapters/object-store/store-failure.ts'

const PIECE_BYTES = 1 << 20
/** Of a file's name, on every file system that counts. */
const MAX_NAME_BYTES = 255

/**
 * Puts a file into a bucket's folder, whole or not at all; the copy costs no space where the file system can share it. Never
 * over another object: then under a numbered name, unless the same bytes lie there already. Answers the object's name.
 */
export const putIntoBucket = async (file: string, bucketFolder: string, signal: AbortSignal): Promise<string> => {
  const source = await realpath(file)
  await mkdir(bucketFolder, { recursive: true })
  const bucketPath = await realpath(bucketFolder)
  await removeAbandonedFiles(bucketPath)
  for (let number = 1; ; number++) {
    signal.throwIfAborted()
    const name = numbered(basename(source), number)
    const target = join(bucketPath, name)
    if (!(await isTaken(target)) && (await placeCopy({ source, bucketPath, target, signal }))) return name
    if (await haveSameBytes(source, target, signal)) return name
  }
}

/** `film (2).mp4`; a name that gets too long by it loses characters before the number, then those of its ending. */
const numbered = (name: string, number: number): string => {
  if (number === 1) return name
  const { name: stem, ext } = parse(name)
  const mark = ` (${number})`
  const ending = mark + cut(ext, MAX_NAME_BYTES - Buffer.byteLength(mark))
  return cut(stem, MAX_NAME_BYTES - Buffer.byteLength(ending)) + ending
}

/** The beginning that fits, cut between characters. */
const cut = (text: string, maxBytes: number): string => {
  const characters = [...text]
  while (Buffer.byteLength(characters.join('')) > maxBytes) characters.pop()
  return characters.join('')
}

const isTaken = async (target: string): Promise<boolean> => {
  try {
    await lstat(target)
    return true
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false
    throw error
  }
}

interface Placing {
  readonly source: string
  readonly bucketPath: string
  readonly target: string
  readonly signal: AbortSignal
}

/** `false` when something came to lie there meanwhile. By a link, because a rename would replace it. */
const placeCopy = async ({ source, bucketPath, target, signal }: Placing): Promise<boolean> => {
  await using from = await open(source)
  const { size: sizeBytes } = await from.stat()
  await using copy = await TemporaryFile.create(bucketPath)
  const files = { fromPath: source, from, toPath: copy.path, to: copy.file }
  await copyBytes({ ...files, sizeBytes, signal, onProgress: undefined })
  await copy.reopen()
  await copy.settle()
  signal.throwIfAborted()
  try {
    await link(copy.path, target)
    return true
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
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

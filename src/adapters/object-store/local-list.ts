import { isUtf8 } from 'node:buffer'
import { lstat, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isAbsence, openFolders } from './local-folder.ts'
import { HASHED_FOLDER, isPlainPart, NAME_ENDING } from './local-layout.ts'
import { openObject } from './local-object.ts'
import { compareKeys, hashKey, isObjectKey } from './object-key.ts'

export interface ListedObject {
  readonly key: string
  readonly sizeBytes: number
}

const PARALLEL = 32

/** Objects of a bucket in byte order of their keys, one folder at a time: memory grows with the largest folder only. */
export async function* listObjects(
  bucketPath: string,
  prefix: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<ListedObject> {
  const hashed = await listHashed(bucketPath, prefix)
  let next = 0
  for await (const object of listFolder({ bucketPath, prefix, signal }, prefix.split('/').slice(0, -1))) {
    for (let odd = hashed[next]; odd && compareKeys(odd.key, object.key) <= 0; odd = hashed[++next]) {
      // The file at the key wins, as it does for readers.
      if (odd.key !== object.key) yield odd
    }
    yield object
  }
  yield* hashed.slice(next)
}

interface Listing {
  readonly bucketPath: string
  readonly prefix: string
  readonly signal: AbortSignal | undefined
}

interface Entry {
  readonly name: string
  readonly type: 'file' | 'link' | 'folder'
}

async function* listFolder(listing: Listing, folders: readonly string[]): AsyncGenerator<ListedObject> {
  if (!folders.every(isPlainPart)) return
  const path = folders.map((name) => `${name}/`).join('')
  const entries = (await readEntries(listing.bucketPath, folders)).filter((entry) => {
    const key = path + sortName(entry)
    return key.startsWith(listing.prefix) || (entry.type === 'folder' && listing.prefix.startsWith(key))
  })
  // A folder's keys go on with a slash, so that is where it stands among its siblings.
  entries.sort((left, right) => compareKeys(sortName(left), sortName(right)))
  for (let start = 0; start < entries.length; start += PARALLEL) {
    listing.signal?.throwIfAborted()
    const batch = entries.slice(start, start + PARALLEL)
    const sizes = await Promise.all(batch.map((entry) => sizeOf(listing.bucketPath, path + entry.name, entry)))
    for (const [index, entry] of batch.entries()) {
      const sizeBytes = sizes[index]
      if (entry.type === 'folder') yield* listFolder(listing, [...folders, entry.name])
      else if (sizeBytes !== undefined) yield { key: path + entry.name, sizeBytes }
    }
  }
}

const sortName = (entry: Entry): string => (entry.type === 'folder' ? `${entry.name}/` : entry.name)

/** Names that are no UTF-8 (old archives) cannot be keys. */
const readEntries = async (bucketPath: string, folders: readonly string[]): Promise<Entry[]> => {
  await using folder = await openFolders(bucketPath, folders)
  if (!folder) return []
  const entries: Entry[] = []
  for (const entry of await readdir(folder.at(''), { withFileTypes: true, encoding: 'buffer' })) {
    const name = entry.name.toString()
    if (!isUtf8(entry.name) || !isPlainPart(name)) continue
    if (entry.isFile()) entries.push({ name, type: 'file' })
    else if (entry.isSymbolicLink()) entries.push({ name, type: 'link' })
    else if (entry.isDirectory()) entries.push({ name, type: 'folder' })
  }
  return entries
}

/** `undefined` when it went away meanwhile, or is no object. */
const sizeOf = async (bucketPath: string, key: string, { type }: Entry): Promise<number | undefined> => {
  if (type === 'folder' || !isObjectKey(key)) return undefined
  if (type === 'link') {
    const opened = await openObject(bucketPath, key)
    await opened?.file.close()
    return opened?.isPlain ? opened.info.sizeBytes : undefined
  }
  try {
    const stats = await lstat(join(bucketPath, key))
    return stats.isFile() ? stats.size : undefined
  } catch (error) {
    if (isAbsence(error)) return undefined
    throw error
  }
}

/** Few by nature, so they are all read and sorted. */
const listHashed = async (bucketPath: string, prefix: string): Promise<readonly ListedObject[]> => {
  await using folder = await openFolders(bucketPath, HASHED_FOLDER)
  if (!folder) return []
  const found: ListedObject[] = []
  for (const name of await readdir(folder.at(''))) {
    if (!name.endsWith(NAME_ENDING)) continue
    const hash = name.slice(0, -NAME_ENDING.length)
    try {
      const key = await readFile(folder.at(name), 'utf8')
      if (!key.startsWith(prefix) || hashKey(key) !== hash) continue
      const stats = await lstat(folder.at(hash))
      if (stats.isFile()) found.push({ key, sizeBytes: stats.size })
    } catch (error) {
      if (!isAbsence(error)) throw error
    }
  }
  return found.sort((left, right) => compareKeys(left.key, right.key))
}

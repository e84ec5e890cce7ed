import { filesOf, rewritePlaylist } from '../packaging/rewrite-playlist.ts'
import type { SegmentCipher } from '../packaging/segment-cipher.ts'
import type { ObjectStore } from '../shared/object-store.ts'
import { readWhole } from '../shared/read-whole.ts'
import { PermanentFailure, SuspectFailure } from '../shared/task.ts'
import type { RunProtection } from './protect-run.ts'

export interface RunRewrite {
  readonly store: Pick<ObjectStore, 'list' | 'put' | 'read'>
  readonly bucket: string
  /** Key prefix that ends in the asset's play folder. */
  readonly playFolder: string
  /** Runs: what is there, and what is made of it. */
  readonly from: string
  readonly to: string
  /** Whether a playlist of the run, by its path below the play folder, is of the present outputs: those of deleted ones may lie there yet. */
  readonly isPresent: (playlist: string) => boolean
  /** Absent: the stored segments are clear. */
  readonly before?: SegmentCipher
  /** Absent: they become clear. */
  readonly after?: RunProtection
  readonly signal: AbortSignal
  readonly onProgress: (share: number) => void
}

/** So many segments are in memory at once, each up to three times. */
const PARALLEL = 3
const MOST_SEGMENT_BYTES = 512 * 2 ** 20
const MOST_PLAYLIST_BYTES = 64 * 2 ** 20
const SEGMENT = /\/\d{5,7}\.(m4s|mp3)$/
const PLAYLIST = '.m3u8'

/**
 * Writes the HLS of a run again as that of another one, its segments under another key, its media playlists last. Nothing of
 * the run that is there changes. Throws when anything is missing or does not open, or was not stored as it was written.
 */
export const rewriteRun = async (rewrite: RunRewrite): Promise<void> => {
  const { playFolder, from, to, isPresent, onProgress } = rewrite
  const files = new Set((await sizesOf(rewrite, from)).keys())
  const texts = new Map<string, string>()
  for (const file of files) {
    if (file.endsWith(PLAYLIST) && isPresent(file)) texts.set(file, await readPlaylist(rewrite, file))
  }
  const media = namedFiles(texts, files)
  const written = new Map<string, number>()
  await inParallel(media, async (file) => {
    const target = file.replace(from, to)
    written.set(target, await rewriteFile(rewrite, file, target))
    onProgress(written.size / media.length)
  })
  const stored = await sizesOf(rewrite, to)
  const wrong = [...written].filter(([file, size]) => stored.get(file) !== size)
  if (wrong.length > 0)
    throw new SuspectFailure(`${wrong.length} rewritten files are not in the store as they were written`)
  for (const [file, text] of texts) {
    const target = rewritePlaylist(text, { from, to, ...(rewrite.after && { keyUri: rewrite.after.keyUri }) })
    const object = { bucket: rewrite.bucket, key: playFolder + file.replace(from, to) }
    const options = { contentType: 'application/vnd.apple.mpegurl', signal: rewrite.signal }
    await rewrite.store.put(object, new TextEncoder().encode(target), options)
  }
}

/** By the path below the play folder. */
const sizesOf = async (
  { store, bucket, playFolder, signal }: RunRewrite,
  run: string,
): Promise<ReadonlyMap<string, number>> => {
  const sizes = new Map<string, number>()
  for await (const { key, sizeBytes } of store.list(bucket, playFolder + run, signal)) {
    sizes.set(key.slice(playFolder.length), sizeBytes)
  }
  return sizes
}

const readPlaylist = async ({ store, bucket, playFolder, signal }: RunRewrite, file: string): Promise<string> => {
  const bytes = await readWhole(store, { bucket, key: playFolder + file }, { mostBytes: MOST_PLAYLIST_BYTES, signal })
  return bytes.toString('utf8')
}

/**
 * Segments that no playlist names are of other formats, or nobody's; those that are named must be there. A store may be slow to
 * list them, so that is not believed at once.
 */
const namedFiles = (texts: ReadonlyMap<string, string>, there: ReadonlySet<string>): readonly string[] => {
  const named = [...new Set([...texts.values()].flatMap(filesOf))]
  if (named.length === 0) throw new SuspectFailure('the stored stream has no playlists')
  const missing = named.filter((file) => !there.has(file))
  if (missing.length > 0) throw new SuspectFailure(`${missing.length} files of the stored stream are missing`)
  return named
}

/** Answers the size that was written. */
const rewriteFile = async (rewrite: RunRewrite, file: string, target: string): Promise<number> => {
  const { store, bucket, playFolder, before, after, signal } = rewrite
  const stored = await readWhole(store, { bucket, key: playFolder + file }, { mostBytes: MOST_SEGMENT_BYTES, signal })
  const [, ending] = SEGMENT.exec(file) ?? []
  const isSealed = ending !== undefined
  const clear = isSealed && before ? before.open(stored, file) : stored
  if (!clear) throw new PermanentFailure('a stored segment does not open with the key of the asset')
  const bytes = isSealed && after ? after.cipher.seal(clear, target) : clear
  const again = isSealed && after ? after.cipher.open(bytes, target) : bytes
  if (!again || Buffer.compare(again, clear) !== 0) throw new Error('a sealed segment must open to what it was')
  const contentType = ending === 'mp3' ? 'audio/mpeg' : 'video/mp4'
  await store.put({ bucket, key: playFolder + target }, bytes, { contentType, signal })
  return bytes.length
}

/** The first failure ends the others before they take the next item; it is thrown when none runs any more. */
const inParallel = async <Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> => {
  const queue = items.values()
  const failures: unknown[] = []
  const lane = async () => {
    for (const item of queue) {
      if (failures.length > 0) return
      await work(item).catch((error: unknown) => failures.push(error))
    }
  }
  await Promise.all(Array.from({ length: PARALLEL }, lane))
  if (failures.length > 0) throw failures[0]
}

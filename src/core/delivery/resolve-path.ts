import { type AdoptedFile, streamFolder } from '../catalog/adopted-file.ts'
import type { Asset } from '../catalog/asset.ts'
import { isEncrypted } from '../catalog/encryption.ts'
import { objectIn, PLAY_FOLDER, resultsFolder, sourceAddress } from '../catalog/object-keys.ts'
import { recordedStill } from '../catalog/recorded-still.ts'
import type { Rendition } from '../catalog/rendition.ts'
import { INDEXES, isInIndex, servedObject } from '../catalog/stream-files.ts'
import { isSubtitleObject, shownSubtitles } from '../catalog/subtitles.ts'
import { presentIndex } from '../packaging/present-index.ts'
import type { ObjectAddress } from '../shared/object-store.ts'

/** How long and by whom an answer may be kept. */
export type Caching =
  /** The name changes whenever the bytes do. */
  | 'forever'
  /** Ask again each time: publication and renditions change under the same name. */
  | 'revalidate'
  /** A changed cover or snapshot may take some minutes to spread. */
  | 'minutes'

export interface Deliverable {
  readonly object: ObjectAddress
  /** Only this version: what lies in a tenant's bucket was looked at once, and may be another thing now. */
  readonly etag?: string
  readonly contentType: string
  readonly caching: Caching
  /** A playlist that leads to keys: the token of its request goes on to what it names (`carryToken`). */
  readonly leadsToKeys?: true
  /** What is sent of an index that was stored: without the outputs that were deleted since. */
  readonly present?: (stored: string) => string
}

/**
 * What a viewer gets for a path below `/asset/{id}/`, with the renditions that we made; `undefined` is 404. Only published assets, and of those only what was
 * verified: the source in place, the cover, recorded snapshots and storyboards, the playlists and segments of recorded renditions.
 */
export const resolvePath = (
  asset: Asset,
  renditions: readonly Rendition[],
  { path, serviceBucket }: { readonly path: string; readonly serviceBucket: string },
): Deliverable | undefined => {
  if (!asset.published || asset.ingest.state !== 'created') return
  const file = path.startsWith(PLAY_FOLDER) ? path.slice(PLAY_FOLDER.length) : undefined
  const stored = file === undefined ? undefined : servedObject(asset, renditions, file)
  // An adopted stream has the name of our index, until there is one.
  if (path === asset.sourcePath && stored === undefined) {
    const object = sourceAddress(asset, serviceBucket)
    const pinned = asset.output && { etag: asset.source.etag }
    const caching = isPlaylist(path) ? 'revalidate' : 'forever'
    // The source of an encrypted asset is the clear copy that encryption is to keep from viewers (decisions.md 5.6).
    const isOpen = !asset.sourceRemoved && !isEncrypted(asset)
    return isOpen ? { object, ...pinned, contentType: sourceType(path), caching } : undefined
  }
  const folder = resultsFolder(asset, serviceBucket)
  const still = recordedStill(asset, path)
  if (still) return { object: objectIn(folder, still.object), contentType: still.contentType, caching: 'minutes' }
  if (stored === undefined) return
  const object = objectIn(folder, PLAY_FOLDER + stored)
  const manifestType = MANIFESTS[endingOf(path)]
  if (manifestType === undefined) {
    // A file has a name that lasts; segments and subtitles have one for each version.
    const isForever = stored.includes('/') || isSubtitleObject(asset.subtitles, stored)
    return { object, contentType: TYPES[endingOf(path)] ?? 'video/mp4', caching: isForever ? 'forever' : 'revalidate' }
  }
  const leadsToKeys = asset.encryption && isPlaylist(path) ? { leadsToKeys: true as const } : {}
  const present = (text: string) =>
    presentIndex(text, {
      isKept: (name) => isInIndex(renditions, name),
      subtitles: shownSubtitles(asset.subtitles, asset.media?.durationMs ?? 0),
    })
  const isIndex = INDEXES.some((one) => one.file === file)
  return { object, contentType: manifestType, caching: 'revalidate', ...leadsToKeys, ...(isIndex && { present }) }
}

/**
 * A file of an HLS stream where it lies, also for players that hold its playlists while outputs took its place. `undefined`: it is none
 * of its files that is meant, or nobody may have it: beside encryption it is the clear source.
 */
export const resolveAdopted = (
  asset: Asset,
  made: readonly Rendition[],
  { path, etag, contentType }: AdoptedFile,
): Deliverable | undefined => {
  if (!asset.published || asset.ingest.state !== 'created' || isEncrypted(asset)) return
  if (servedObject(asset, made, path) !== undefined) return
  const object = { bucket: asset.source.bucket, key: streamFolder(asset.source.key) + path }
  return { object, etag, contentType, caching: isPlaylist(path) ? 'revalidate' : 'forever' }
}

const isPlaylist = (path: string): boolean => path.endsWith('.m3u8')

/** These change under the same name. */
const MANIFESTS: Readonly<Record<string, string>> = {
  m3u8: 'application/vnd.apple.mpegurl',
  mpd: 'application/dash+xml',
}

const endingOf = (path: string): string => path.slice(path.lastIndexOf('.') + 1)

const TYPES: Readonly<Record<string, string>> = {
  m3u8: 'application/vnd.apple.mpegurl',
  vtt: 'text/vtt; charset=utf-8',
  mp4: 'video/mp4',
  m4v: 'video/mp4',
  mov: 'video/quicktime',
  mkv: 'video/x-matroska',
  webm: 'video/webm',
  ts: 'video/mp2t',
  flv: 'video/x-flv',
  avi: 'video/x-msvideo',
  mp3: 'audio/mpeg',
  m4a: 'audio/mp4',
  aac: 'audio/aac',
  ogg: 'audio/ogg',
  flac: 'audio/flac',
  wav: 'audio/wav',
}

// Never a type that a browser would run as a page: the bytes are a stranger's.
const sourceType = (path: string): string => TYPES[endingOf(path)] ?? 'application/octet-stream'

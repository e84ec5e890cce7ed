import { streamFolder } from '../catalog/adopted-file.ts'
import { fileNameOf, MASTER_PLAYLIST } from '../catalog/object-keys.ts'
import type { ParsedCompanion, ParsedVariant } from '../packaging/parse-master-playlist.ts'
import type { ParsedMedia } from '../packaging/parse-media-playlist.ts'
import { type ParsedPlaylist, parsePlaylist } from '../packaging/parse-playlist.ts'
import { PlaylistDefect } from '../packaging/playlist-defect.ts'
import { PermanentFailure } from '../shared/task.ts'
import { findFile, readStart, type StreamFiles } from './find-file.ts'
import type { PinnedObject } from './ports.ts'

/** An HLS stream as its playlists describe it; none of its segments was looked at yet. */
export interface DescribedStream {
  readonly variants: readonly StreamTrack<ParsedVariant>[]
  readonly companions: readonly StreamTrack<ParsedCompanion>[]
  /** All playlists, each once. */
  readonly playlists: ReadonlyMap<string, PinnedObject>
}

export type StreamTrack<T> = T & { readonly playlist: ParsedMedia }

const MAX_PLAYLIST_BYTES = 4 << 20

/** Reads the playlist that an asset was made of and, when it is a master, those that it names. Throws `PermanentFailure`. */
export const readStream = async (files: StreamFiles, root: PinnedObject): Promise<DescribedStream> => {
  const name = fileNameOf(root.key)
  const playlists = new Map([[name, root]])
  const top = await readPlaylist(files, name, root)
  if (top.type === 'media') {
    const bandwidth = 0
    return { variants: [{ path: name, bandwidth, playlist: top }], companions: [], playlists }
  }
  const withPlaylist = async <T extends { readonly path: string }>(track: T): Promise<StreamTrack<T>> => {
    const object = await findFile(files, track.path)
    const playlist = await readPlaylist(files, track.path, object)
    if (playlist.type === 'master') throw defect(track.path, 'it is a master playlist inside a master playlist')
    playlists.set(track.path, object)
    return { ...track, playlist }
  }
  const variants: StreamTrack<ParsedVariant>[] = []
  for (const variant of top.variants) variants.push(await withPlaylist(variant))
  const companions: StreamTrack<ParsedCompanion>[] = []
  for (const companion of top.companions) companions.push(await withPlaylist(companion))
  checkDurations(variants)
  return { variants, companions, playlists }
}

const readPlaylist = async (files: StreamFiles, path: string, object: PinnedObject): Promise<ParsedPlaylist> => {
  if (object.sizeBytes > MAX_PLAYLIST_BYTES) throw defect(path, `it has more than ${MAX_PLAYLIST_BYTES >> 20} MB`)
  const bytes = await readStart(files, { object, range: { start: 0, end: object.sizeBytes - 1 } })
  try {
    return parsePlaylist(new TextDecoder('utf-8', { fatal: true }).decode(bytes), streamFolder(path))
  } catch (error) {
    if (error instanceof PlaylistDefect) throw defect(path, error.reason, error)
    if (error instanceof TypeError) throw defect(path, 'it is no text in UTF-8', error)
    throw error
  }
}

const defect = (path: string, reason: string, cause?: unknown): PermanentFailure =>
  new PermanentFailure(`the playlist ${path}: ${reason}`, { cause })

/** Players change between variants by their times. */
const checkDurations = (variants: readonly StreamTrack<ParsedVariant>[]): void => {
  const [first] = variants
  for (const { path, playlist } of variants) {
    if (!first || Math.abs(playlist.seconds - first.playlist.seconds) <= playlist.targetSeconds) continue
    const [one, other] = [playlist, first.playlist].map(({ seconds }) => seconds.toFixed(1))
    throw defect(path, `it lasts ${one} s, and ${first.path} lasts ${other} s`)
  }
}

/**
 * `index.m3u8` is the address under which every stream plays. A file of that name that is not the whole stream would
 * stand in its place.
 */
export const checkIndexName = (
  { variants, companions }: DescribedStream,
  paths: Iterable<string>,
  root: string,
): void => {
  if (root === MASTER_PLAYLIST || !new Set(paths).has(MASTER_PLAYLIST)) return
  if (variants.length === 1 && variants[0]?.path === MASTER_PLAYLIST && companions.length === 0) return
  throw defect(root, `it names a file ${MASTER_PLAYLIST} beside it, which would be taken for the stream itself`)
}

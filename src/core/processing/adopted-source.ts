import { adoptedRenditionsOf, streamFolder } from '../catalog/adopted-file.ts'
import type { Asset } from '../catalog/asset.ts'
import { fileNameOf } from '../catalog/object-keys.ts'
import type { CatalogReader } from '../catalog/ports.ts'
import type { ParsedMedia } from '../packaging/parse-media-playlist.ts'
import type { PlaylistPiece } from '../packaging/playlist-lines.ts'
import type { ObjectStore } from '../shared/object-store.ts'
import { PermanentFailure } from '../shared/task.ts'
import { adoptedPlaylist } from './adopted-renditions.ts'
import { rangeIn } from './check-stream-files.ts'
import { findFile, type StreamFiles } from './find-file.ts'
import type { PinnedObject, PinnedPieces } from './ports.ts'
import { type DescribedStream, readStream } from './read-stream.ts'
import { requireBuckets, type SourceDeps } from './stored-source.ts'

export interface AdoptedDeps extends SourceDeps {
  readonly reader: Pick<CatalogReader, 'adoptedFiles' | 'renditions'>
  readonly store: Pick<ObjectStore, 'head' | 'read'>
}

/**
 * An adopted stream as FFmpeg can read it: the header, then all segments in order, as one file. Neither has an index, so seeks
 * in it lead nowhere useful.
 */
export interface AdoptedSource {
  /** The best variant, with its sound if that does not lie apart. Of a stream without pictures its sound. */
  readonly picture: PinnedPieces
  /**
   * Sound that lies apart. Both have times on one clock, which FFmpeg only keeps with `-copyts`; packed audio (ADTS, MP3, AC-3)
   * says its beginning in an ID3 tag and knows no other times.
   */
  readonly sound?: PinnedPieces
  /** Other sounds of the variant and subtitles, which are in neither. */
  readonly leftOut: readonly string[]
}

/**
 * Exactly the files, and the versions of them, that were looked at when the stream was adopted. Throws `PermanentFailure`
 * naming one that is another now, when a bucket may not be used any more, and when the stream is no single file: times
 * that begin anew or a header that changes in the middle.
 */
export const adoptedSource = async (
  deps: AdoptedDeps,
  { asset, signal }: { readonly asset: Asset; readonly signal: AbortSignal },
): Promise<AdoptedSource> => {
  await requireBuckets(deps, asset)
  const { bucket, key } = asset.source
  const etags = new Map((await deps.reader.adoptedFiles(asset.id)).map(({ path, etag }) => [path, etag]))
  const files = { store: deps.store, bucket, folder: streamFolder(key), signal, etags }
  const stream = await readStream(files, await findFile(files, fileNameOf(key)))
  const variant = await bestVariant(deps, asset, stream)
  const picture = await onePiece(files, variant)
  const sounds = stream.companions.filter(({ kind, group }) => kind === 'audio' && group === variant.audioGroup)
  // A group may name the sound that lies in the variant itself, too.
  const [sound] = asset.media?.audioStreams === 0 ? sounds : []
  const others = stream.companions.filter((one) => one.kind === 'subtitles' || (sounds.includes(one) && one !== sound))
  const leftOut = others.map(({ path }) => path)
  return { picture, leftOut, ...(sound && { sound: await onePiece(files, sound) }) }
}

/** Which one it is was found out by looking into all of them; the renditions are in that order. */
const bestVariant = async (
  { reader }: AdoptedDeps,
  asset: Asset,
  { variants }: DescribedStream,
): Promise<DescribedStream['variants'][number]> => {
  const renditions = (await reader.renditions([asset.id])).get(asset.id) ?? []
  const root = fileNameOf(asset.source.key)
  const [best] = adoptedRenditionsOf(asset, renditions).flatMap(({ playlist }) =>
    variants.filter(({ path }) => adoptedPlaylist(path, root) === playlist),
  )
  if (!best) throw new PermanentFailure('none of its variants is an output any more')
  return best
}

interface Track {
  readonly path: string
  readonly playlist: ParsedMedia
}

const onePiece = async (files: StreamFiles, { path, playlist }: Track): Promise<PinnedPieces> => {
  const { segments, hasBreaks } = playlist
  if (hasBreaks) throw new PermanentFailure(`${path} cannot be read as one film: it has an #EXT-X-DISCONTINUITY`)
  const map = segments[0]?.map
  // FFmpeg passes over a second header, and would decode what follows it with the first.
  if (segments.some((segment) => !isSame(segment.map, map))) {
    throw new PermanentFailure(`${path} cannot be read as one film: its #EXT-X-MAP changes`)
  }
  const wanted: readonly PlaylistPiece[] = [...(map ? [map] : []), ...segments]
  const objects = await findAll(files, new Set(wanted.map((piece) => piece.path)))
  const pieces = wanted.flatMap((piece) => {
    const object = objects.get(piece.path)
    return object ? [{ object, range: rangeIn(piece, object) }] : []
  })
  return { pieces, sizeBytes: pieces.reduce((sum, { range }) => sum + range.end - range.start + 1, 0) }
}

const isSame = (one: PlaylistPiece | undefined, other: PlaylistPiece | undefined): boolean =>
  one?.path === other?.path && one?.range?.start === other?.range?.start && one?.range?.end === other?.range?.end

const PARALLEL = 8

const findAll = async (files: StreamFiles, paths: ReadonlySet<string>): Promise<ReadonlyMap<string, PinnedObject>> => {
  const found = new Map<string, PinnedObject>()
  const all = [...paths]
  for (let at = 0; at < all.length; at += PARALLEL) {
    files.signal.throwIfAborted()
    const some = all.slice(at, at + PARALLEL)
    await Promise.all(some.map(async (path) => found.set(path, await findFile(files, path))))
  }
  return found
}

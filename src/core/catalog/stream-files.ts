import type { Asset, RetiredRun } from './asset.ts'
import type { SealedKey } from './encryption.ts'
import { DASH_MANIFEST, MASTER_PLAYLIST } from './object-keys.ts'
import { isSegmented, type Rendition, type RenditionFormat } from './rendition.ts'
import { isSubtitleObject } from './subtitles.ts'

type Streams = Pick<Asset, 'index' | 'retired' | 'subtitles'>

/** Exactly what a transcode writes below a track's folder: a path that could lead elsewhere matches nothing. */
const SEGMENT = /^([0-9a-f]{32})_(\d{1,2}|audio\d?)\/(?:init\.mp4|\d{5,7}\.(?:m4s|mp3))$/
const SOUND = /^([0-9a-f]{32})_(audio\d?)\.m3u8$/

/** By the names by which viewers know them. */
export const INDEXES = [
  { file: MASTER_PLAYLIST, format: 'HLS', contentType: 'application/vnd.apple.mpegurl' },
  { file: DASH_MANIFEST, format: 'DASH', contentType: 'application/dash+xml' },
] as const satisfies readonly {
  readonly file: string
  readonly format: RenditionFormat
  readonly contentType: string
}[]

/** The indexes of these renditions. */
export const indexesOf = (renditions: readonly Rendition[]) => INDEXES.filter(({ format }) => has(renditions, format))

/**
 * Whether the index of these renditions shows what it calls so: in HLS a playlist, in DASH a track. An index is written once and
 * never again, and names outputs that were deleted since.
 */
export const isInIndex = (renditions: readonly Rendition[], name: string): boolean =>
  renditions.some((one) => {
    if (one.format === 'HLS') return one.playlist === name
    const [, run, track = ''] = /^([0-9a-f]{32})_(.+)$/.exec(name) ?? []
    return one.format === 'DASH' && one.run === run && plays(one, track)
  })

/**
 * The object below the play folder that holds what viewers know as `file`; `undefined`: they get nothing. Objects are named
 * after the run that wrote them and never overwritten. Viewers know outputs by their parameters, and the indexes by their plain
 * names: which objects these mean changes with the asset's rows, all at once.
 */
export const servedObject = (streams: Streams, renditions: readonly Rendition[], file: string): string | undefined => {
  const plain = INDEXES.find((one) => one.file === file)
  if (plain) return has(renditions, plain.format) ? indexObject(streams.index, file) : undefined
  const own = renditions.find(({ playlist }) => playlist === file)
  if (own) return playlistObject(own)
  if (isSubtitleObject(streams.subtitles, file)) return file
  const [, parameters, sound = ''] = SOUND.exec(file) ?? []
  // Pictures share the sounds.
  const hls = renditions.find((one) => one.format === 'HLS' && parametersOf(one) === parameters && plays(one, sound))
  if (hls) return objectOf(hls, file)
  const [, owner] = SEGMENT.exec(file) ?? []
  const isRetired = streams.retired?.some(({ run }) => run === owner)
  return owner !== undefined && (isRetired || isSegment(renditions, file)) ? file : undefined
}

const OWNER = /^([0-9a-f]{32})_/

/** Whether an object below the play folder is part of the streams, or kept for players that hold the playlists of older ones. */
export const isStreamObject = (
  { index, retired = [], subtitles }: Streams,
  { renditions, nowMs }: { readonly renditions: readonly Rendition[]; readonly nowMs: number },
  file: string,
): boolean => {
  const owner = OWNER.exec(file)?.[1]
  if (retired.some(({ run, untilMs }) => run === owner && untilMs > nowMs)) return true
  if (isSubtitleObject(subtitles, file)) return true
  // The step `index` alone writes and removes these: a name that is used again and again cannot be swept, see decision 0005.
  if (INDEXES.some((one) => one.file === file)) return true
  const own = INDEXES.find((one) => indexObject(index, one.file) === file)
  if (own) return has(renditions, own.format)
  if (renditions.some((one) => playlistObject(one) === file)) return true
  const [, run, sound] = SOUND.exec(file) ?? []
  if (sound !== undefined) return renditions.some((one) => one.run === run && one.format === 'HLS' && plays(one, sound))
  return isSegment(renditions, file)
}

const has = (renditions: readonly Rendition[], wanted: RenditionFormat): boolean =>
  renditions.some(({ format }) => format === wanted)

/** Of a track that only went into files the segments are gone, or about to go. */
const isSegment = (renditions: readonly Rendition[], file: string): boolean => {
  const [, run, track] = SEGMENT.exec(file) ?? []
  return (
    track !== undefined && renditions.some((one) => one.run === run && isSegmented(one.format) && plays(one, track))
  )
}

/** Whether a track of its run is part of what a rendition plays. */
const plays = (rendition: Rendition, track: string): boolean => {
  const { soundTrack, audioCodec, format } = rendition
  const own = trackOf(rendition)
  if (own === track) return true
  if (own?.startsWith('audio') || !track.startsWith('audio')) return false
  // Where the record is from before it was said it may be any; the first version's of HLS do not even say that they have one.
  return soundTrack === undefined ? audioCodec !== undefined || format === 'HLS' : soundTrack === track
}

/** Name of an index below the play folder. Those of the first version had no other than viewers know. */
export const indexObject = (index: string | undefined, file: string): string =>
  index === undefined ? file : `${index}_${file}`

/** 32 hex digits that are the same for equal parameters: the beginning of the names by which viewers know outputs. */
export const parametersOf = ({ playlist }: Pick<Rendition, 'playlist'>): string => playlist.slice(0, 32)

/** Number of the picture's track, or `audio`, `audio2`, ... */
export const trackOf = ({ playlist }: Pick<Rendition, 'playlist'>): string | undefined =>
  /^[0-9a-f]{32}_(\d{1,2}|audio\d?)[_.]/.exec(playlist)?.[1]

/** Name of a rendition's playlist below the play folder. */
export const playlistObject = (rendition: Rendition): string => objectOf(rendition, rendition.playlist)

const objectOf = (rendition: Rendition, file: string): string => file.replace(parametersOf(rendition), rendition.run)

/** Bounds what an asset takes that is transcoded again and again; of an encrypted one each transcode may have two runs. */
export const MOST_RETIRED = 6

interface Replacement {
  readonly nowMs: number
  /** Of what takes their place. */
  readonly key: SealedKey | undefined
}

/**
 * What is kept when these renditions are replaced, or take a preview's place: their files, and earlier ones whose time is not over. What is clear goes at
 * once when its successor is encrypted: nobody shall get it any more.
 */
export const retire = (
  asset: Pick<Asset, 'encryption' | 'media' | 'preview' | 'retired'>,
  renditions: readonly Rendition[],
  { nowMs, key }: Replacement,
): readonly RetiredRun[] => {
  const kept = (asset.retired ?? []).filter(({ untilMs }) => untilMs > nowMs)
  const untilMs = nowMs + graceSeconds(asset) * 1000
  const before = asset.encryption?.key
  const runs = [...new Set(renditions.map(({ run }) => run))]
  const replaced = runs.map((run): RetiredRun => ({ run, untilMs, ...(before !== undefined && { key: before }) }))
  const preview = asset.preview ? [{ ...asset.preview, untilMs, preview: true as const }] : []
  return [...kept, ...replaced, ...preview]
    .filter((one) => key === undefined || one.key !== undefined)
    .slice(-MOST_RETIRED)
}

const PAUSES_SECONDS = 20 * 60

/** How long replaced files are kept: whoever began to watch before can see it to its end, with some pauses. */
export const graceSeconds = ({ media }: Pick<Asset, 'media'>): number =>
  PAUSES_SECONDS + Math.ceil((media?.durationMs ?? 0) / 1000)

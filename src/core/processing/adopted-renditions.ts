import type { SourceMedia, SourceVideo } from '../catalog/media.ts'
import { MASTER_PLAYLIST } from '../catalog/object-keys.ts'
import type { Rendition } from '../catalog/rendition.ts'
import { qualityOf, type VideoCodec } from '../catalog/transcode-settings.ts'
import { playlistUri } from '../packaging/playlist-uri.ts'
import type { AssetId } from '../shared/ids.ts'

/** What was found out about one variant of an adopted stream. */
export interface ProbedVariant {
  readonly path: string
  readonly bandwidth: number
  readonly seconds: number
  /** Of its first segment; its sound may lie apart, and is put in then. */
  readonly media: SourceMedia
  /** Of all its segments, and of its sound where that lies apart. */
  readonly sizeBytes: number
}

/** The best first. */
export const byQuality = (variants: readonly ProbedVariant[]): readonly ProbedVariant[] =>
  variants.toSorted((a, b) => area(b) - area(a) || b.bandwidth - a.bandwidth)

const area = ({ media: { video } }: ProbedVariant): number => (video ? video.width * video.height : 0)

interface Adopted {
  readonly assetId: AssetId
  readonly run: string
  /** Name of the playlist that the asset was made of; it is served as the index. */
  readonly root: string
}

export const adoptedRenditions = (
  variants: readonly ProbedVariant[],
  { assetId, run, root }: Adopted,
): readonly Rendition[] =>
  variants.map(({ path, media: { video }, seconds, sizeBytes }, index) => ({
    ...{ assetId, run, index, sizeBytes, format: 'HLS' },
    ...(video && { quality: qualityOf(video), ...codecOf(video) }),
    width: video?.width ?? 0,
    height: video?.height ?? 0,
    frameRate: video?.frameRate ?? 0,
    bitRateKbps: Math.round((sizeBytes * 8) / 1000 / seconds),
    durationMs: Math.round(seconds * 1000),
    frames: Math.round((video?.frameRate ?? 0) * seconds),
    playlist: adoptedPlaylist(path, root),
  }))

/** How the rendition of a variant names its playlist. */
export const adoptedPlaylist = (path: string, root: string): string =>
  playlistUri(path === root ? MASTER_PLAYLIST : path)

const codecOf = ({ codec }: SourceVideo) => {
  const videoCodec = ADOPTED_CODECS.get(codec)
  return videoCodec ? { videoCodec } : {}
}

/** Pictures that players of HLS show, by FFmpeg's names. */
export const ADOPTED_CODECS: ReadonlyMap<string, VideoCodec> = new Map([
  ['h264', 'h264'],
  ['hevc', 'h265'],
])

/** What is said of the asset as a whole: the best variant, the length that the playlists say, the bytes of all files. */
export const adoptedMedia = ({ media, seconds, sizeBytes }: ProbedVariant, allBytes: number): SourceMedia => ({
  ...media,
  durationMs: Math.round(seconds * 1000),
  bitRateKbps: Math.round((sizeBytes * 8) / 1000 / seconds),
  sizeBytes: allBytes,
})

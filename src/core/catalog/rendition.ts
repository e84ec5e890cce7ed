import type { AssetId } from '../shared/ids.ts'
import type { AudioCodec, Quality, VideoCodec } from './transcode-settings.ts'

/** What a rendition is packed into. */
export const RENDITION_FORMATS = ['HLS', 'DASH', 'MP4', 'MP3', 'ADTS'] as const
export type RenditionFormat = (typeof RENDITION_FORMATS)[number]

/** Made of segments, with an index over all renditions of the format; the others are one file each. */
export const isSegmented = (format: RenditionFormat): boolean => format === 'HLS' || format === 'DASH'

/** One verified output of an asset. A row exists only after its files were checked, and it is served only with a row. */
export interface Rendition {
  readonly assetId: AssetId
  /** Which transcode made it; part of every key, so that a new transcode never changes a file that players cached. */
  readonly run: string
  /** Position among the asset's renditions: one format after the other, in each the best first. */
  readonly index: number
  readonly format: RenditionFormat
  /** Absent for an audio-only stream. */
  readonly quality?: Quality
  readonly videoCodec?: VideoCodec
  /** Absent: it has no sound, or the first version made it, with AAC. */
  readonly audioCodec?: AudioCodec
  /** Which of its run's sounds plays in it: `audio`, `audio2`, ..., or `none`; absent: the record is from before this was said. */
  readonly soundTrack?: string
  readonly width: number
  readonly height: number
  readonly frameRate: number
  /** Average of all bytes written, audio included, in kbit/s. */
  readonly bitRateKbps: number
  readonly durationMs: number
  readonly sizeBytes: number
  readonly frames: number
  /** File name in the asset's `play_video/` folder: of its media playlist, of a manifest of it alone (DASH), or of the one file. */
  readonly playlist: string
}

import type { AssetId } from '../shared/ids.ts'
import type { Quality } from './transcode-settings.ts'

/** One verified output of an asset. A row exists only after its files were checked, and it is served only with a row. */
export interface Rendition {
  readonly assetId: AssetId
  /** Which transcode made it; part of every key, so that a new transcode never changes a file that players cached. */
  readonly run: string
  /** Position in the ladder, the best first. */
  readonly index: number
  /** Absent for an audio-only stream. */
  readonly quality?: Quality
  readonly videoCodec?: 'h264'
  readonly width: number
  readonly height: number
  readonly frameRate: number
  /** Average of all bytes written, audio included, in kbit/s. */
  readonly bitRateKbps: number
  readonly durationMs: number
  readonly sizeBytes: number
  readonly frames: number
  /** File name of its media playlist in the asset's `play_video/` folder. */
  readonly playlist: string
}

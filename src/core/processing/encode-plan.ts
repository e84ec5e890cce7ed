import type { SourceMedia } from '../catalog/media.ts'
import type { RenditionFormat } from '../catalog/rendition.ts'
import type { AudioCodec, Quality, VideoCodec } from '../catalog/transcode-settings.ts'

/** One video output of the ladder, settled: even sizes, square pixels, never above the source. */
export interface VideoRung {
  readonly quality: Quality
  readonly width: number
  readonly height: number
  readonly bitrateKbps: number
  /** `turbo`: superfast with mbtree, for 720p and more; `veryfast` below. Measured: 1.8x less CPU than one veryfast process per rung. */
  readonly effort: 'turbo' | 'veryfast'
  /** What it is packed into; encoded once whatever their number. */
  readonly formats: readonly RenditionFormat[]
}

export interface AudioTrack {
  readonly codec: AudioCodec
  readonly bitrateKbps: number
  readonly channels: 1 | 2
  readonly sampleRate: number
}

/** Everything that the encoder needs to know; the adapter turns it into one command line. */
export interface EncodePlan {
  readonly media: SourceMedia
  /** Grid: keyframes are forced at every multiple of this. */
  readonly segmentSeconds: number
  /** Frames per second of every rung; for a variable rate the cap. */
  readonly frameRate: number
  readonly frames: FrameChoice
  readonly videoCodec: VideoCodec
  readonly rungs: readonly VideoRung[]
  readonly audio?: AudioTrack
  /** What the sound is packed into by itself, without a picture. */
  readonly soundFormats: readonly RenditionFormat[]
  /** What is made otherwise than the settings say, in plain words. */
  readonly note?: string
  /** Go on past decoding errors: the second try for a source that failed a strict one. */
  readonly tolerant: boolean
}

/** Which frames of the source are shown. Only `rate` moves any; none is ever shown twice but by `rate` over a gap. */
export type FrameChoice =
  | { readonly keep: 'all' }
  /** Every n-th. */
  | { readonly keep: 'every'; readonly step: number }
  /** Those that do not come sooner after the last than the plan's frame rate allows. */
  | { readonly keep: 'spaced' }
  /** Converted to the plan's frame rate, a constant one. */
  | { readonly keep: 'rate' }

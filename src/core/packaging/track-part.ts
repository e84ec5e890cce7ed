import type { SampleRun } from './sample.ts'

/** What is known of a track once its header was read. */
export interface TrackInit {
  readonly type: 'init'
  readonly kind: 'video' | 'audio'
  /** RFC 6381, e.g. `avc1.640028`, `mp4a.40.2`. */
  readonly codec: string
  readonly timescale: number
  /** Media before this composition time is not presented, in the timescale. */
  readonly mediaTime: number
  /** 0 for audio. */
  readonly width: number
  readonly height: number
  readonly bytes: Uint8Array
}

/** One segment, ready to be stored. Times are presentation times on the asset's timeline, in the track's timescale. */
export interface TrackSegment {
  readonly type: 'segment'
  /** From 0, without gaps. */
  readonly index: number
  readonly startTicks: number
  readonly durationTicks: number
  /** Frames (video) or packets (audio). */
  readonly samples: number
  /** The samples one by one; their bytes are the last ones of `bytes`. */
  readonly run: SampleRun
  readonly bytes: Uint8Array
}

export type TrackPart = TrackInit | TrackSegment

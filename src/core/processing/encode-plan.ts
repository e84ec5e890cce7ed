import type { Mark } from '../catalog/mark.ts'
import type { SourceMedia } from '../catalog/media.ts'
import type { RenditionFormat } from '../catalog/rendition.ts'
import type { AudioCodec, Quality, VideoCodec } from '../catalog/transcode-settings.ts'

/** One picture track of the ladder, settled: even sizes, square pixels, never above the source; of a remux whatever size it is shown in. */
export interface VideoRung {
  readonly quality: Quality
  readonly width: number
  readonly height: number
  /** Of the template group: the most on average. Peaks are half as much again. */
  readonly bitrateKbps: number
  /** What the encoder is asked for: that, or less where it looks the same. */
  readonly averageKbps: number
  /** Per second; of a variable rate the cap. */
  readonly frameRate: number
  readonly frames: FrameChoice
  /**
   * `turbo`: superfast with mbtree, for 720p and more; `veryfast` below. Measured: 1.8x less CPU than one veryfast process per rung.
   * `faster`, where bits count for more: about twice the CPU.
   */
  readonly effort: 'turbo' | 'veryfast' | 'faster'
  /** The source's own packets: nothing is encoded. */
  readonly copied?: true
}

/** One sound track of the ladder. */
export interface AudioTrack {
  readonly codec: AudioCodec
  readonly bitrateKbps: number
  readonly channels: number
  readonly sampleRate: number
  /** The source's own packets: nothing is encoded. */
  readonly copied?: true
}

/** What plays together, packed into one format: what becomes a rendition. Has a rung, a sound or both, by their positions. */
export interface PlannedOutput {
  readonly format: RenditionFormat
  readonly rung?: number
  readonly sound?: number
}

/** Everything that the encoder needs to know; the adapter turns it into one command line. */
export interface EncodePlan {
  readonly media: SourceMedia
  /** Grid: keyframes are forced at every multiple of this. */
  readonly segmentSeconds: number
  readonly videoCodec: VideoCodec
  /** Each encoded once, whatever it is packed into; largest first. */
  readonly rungs: readonly VideoRung[]
  readonly sounds: readonly AudioTrack[]
  /** Format by format, in each the best first. */
  readonly outputs: readonly PlannedOutput[]
  /** Only these parts of the source, one after the other, each with a time of its own; absent: all of it. */
  readonly spans?: readonly Span[]
  /** What of a long film one encode makes; absent: all of it. */
  readonly part?: EncodePart
  /** For how many processors the encoders of all parts are set, wherever each runs: their headers and bytes follow from it. Absent: those that there are. */
  readonly processors?: number
  /** Burnt into every rung that is encoded; absent: none. */
  readonly marks?: readonly Mark[]
  /** What is made otherwise than the settings say, in plain words. */
  readonly note?: string
  /** Go on past decoding errors: the second try for a source that failed a strict one. */
  readonly tolerant: boolean
  /** Of a second try: how the strict one ended. */
  readonly strictFailure?: string
}

/** All of its pictures are the source's own packets: nothing is decoded to make them. */
export const copiesPicture = ({ rungs }: Pick<EncodePlan, 'rungs'>): boolean =>
  rungs.length > 0 && rungs.every(({ copied }) => copied)

/**
 * A long film is encoded in parts. `chunk`: a piece of every rung that is encoded. `rest`: what costs little, or must have one encoder from
 * start to end: sounds and what is copied.
 */
export type EncodePart = ({ readonly type: 'chunk' } & Chunk) | { readonly type: 'rest' }

/** A run of segments, on the asset's timeline. */
export interface Chunk {
  /** A multiple of `segmentSeconds`. */
  readonly startSeconds: number
  /** Likewise; absent: to the end. */
  readonly endSeconds?: number
}

/** Positions of the rungs that this encode makes: all of them, or those that it encodes, or copies. */
export const rungsOf = ({ rungs, part }: EncodePlan, how: 'any' | 'encoded' | 'copied' = 'any'): readonly number[] =>
  rungs.flatMap(({ copied }, at) => {
    const made = copied ? 'copied' : 'encoded'
    const isOfPart = part === undefined || (part.type === 'chunk') === (made === 'encoded')
    return isOfPart && (how === 'any' || how === made) ? at : []
  })

/** The sounds that this encode makes. */
export const soundsOf = ({ sounds, part }: EncodePlan): readonly AudioTrack[] => (part?.type === 'chunk' ? [] : sounds)

/** How much of the film this encode makes. */
export const partSeconds = ({ media, part }: EncodePlan): number => {
  const whole = media.durationMs / 1000
  if (part?.type !== 'chunk') return whole
  return Math.max(0, (part.endSeconds ?? whole) - part.startSeconds)
}

/** A part of a source. */
export interface Span {
  readonly startSeconds: number
  readonly seconds: number
}

/** Which frames of the source are shown. Only `rate` moves any; none is ever shown twice but by `rate` over a gap. */
export type FrameChoice =
  | { readonly keep: 'all' }
  /** Every n-th. */
  | { readonly keep: 'every'; readonly step: number }
  /** Those that do not come sooner after the last than the rung's frame rate allows. */
  | { readonly keep: 'spaced' }
  /** Converted to the rung's frame rate, a constant one. */
  | { readonly keep: 'rate' }

/** Something more to say on the asset. */
export const withNote = (plan: EncodePlan, note: string): EncodePlan => ({
  ...plan,
  note: [plan.note, note].filter((one) => one !== undefined).join('. '),
})

import type { SourceMedia } from '../catalog/media.ts'
import type { PreviewPlan } from '../catalog/preview.ts'
import type { Cue } from '../packaging/cue.ts'
import type { RangedBytes } from '../packaging/file-boxes.ts'
import type { ByteRange, ObjectAddress } from '../shared/object-store.ts'
import type { EncodePlan, VideoRung } from './encode-plan.ts'
import type { ExtractionPlan } from './extraction-plan.ts'
import type { PreviewPiece } from './preview-arguments.ts'
import type { KeyframePlan, SnapshotPlan, StoryboardPlan } from './still-plan.ts'

/**
 * A media file cannot be processed. `reason` is for the person who owns the asset, in plain words and without paths.
 * `permanent`: the same input will fail again (bad media, limits); otherwise another try may succeed (disk full, store).
 * `suspect`: it may, but the file itself may be the cause (took too long), so few tries are worth it.
 * `killed`: neither by itself nor by us, which is hardly ever the file's doing.
 */
export class MediaFailure extends Error {
  override readonly name = 'MediaFailure'
  readonly reason: string
  readonly permanent: boolean
  readonly suspect: boolean
  readonly killed: boolean

  constructor(
    reason: string,
    options: ErrorOptions &
      (
        | { readonly permanent: boolean }
        | { readonly permanent: false; readonly suspect: true }
        | { readonly permanent: false; readonly killed: true }
      ),
  ) {
    super(reason, options)
    this.reason = reason
    this.permanent = options.permanent
    this.suspect = 'suspect' in options
    this.killed = 'killed' in options
  }
}

/** An object together with the version that all reads must see. */
export interface PinnedObject extends ObjectAddress {
  readonly sizeBytes: number
  readonly etag: string
}

/** Pieces of objects that are read as one file, one after the other: segments of an HLS stream behind their header. */
export interface PinnedPieces {
  /** Of all together. */
  readonly sizeBytes: number
  readonly pieces: readonly PinnedPiece[]
}

export interface PinnedPiece {
  readonly object: PinnedObject
  readonly range: ByteRange
}

export type PinnedSource = PinnedObject | PinnedPieces

export interface EncodeOptions {
  readonly signal: AbortSignal
  /** Where the sound lies apart from the picture, on one clock with it. */
  readonly sound?: PinnedSource
  /** Pictures of the plan's marks, in its order. */
  readonly marks?: readonly PinnedObject[]
  /** How far it came, from the beginning of what is encoded. */
  readonly onProgress: (positionMs: number) => void
  /**
   * Reads one track to its end: fragmented MP4, one fragment per GOP (video) or per second (audio), initial moov with an
   * edit list that carries the start offset. Called once per track: the plan's rungs in order, then its sounds. All
   * must be read at the same time, because one decode feeds them all.
   */
  readonly consume: (track: PlannedTrack, bytes: AsyncIterable<Uint8Array>) => Promise<void>
}

/** A track of the plan, by its position there. */
export type PlannedTrack =
  | { readonly type: 'video'; readonly rung: number }
  | { readonly type: 'audio'; readonly sound: number }

export interface EncodeReport {
  /** Frames that were written of the first rung that is encoded; 0 where none is. */
  readonly frames: number
  /** What the decoder complained about, at most a few lines; empty for a sound source. */
  readonly complaints: readonly string[]
  /**
   * Where nothing is encoded: when the container first tells other parameters of the picture than at its beginning, in seconds from there.
   * Packets that are copied do not say so. Absent: never.
   */
  readonly changesAtSeconds?: number
  /** The same of sound that is copied. */
  readonly soundChangesAtSeconds?: number
}

/** What an FFmpeg may be able to encode beside H.264 and AAC-LC, which every one that is accepted can. */
export interface EncoderAbilities {
  readonly h265: boolean
  /** Both versions; proven by an encode. */
  readonly heAac: boolean
  readonly mp3: boolean
  /** No encoder, but what finds out how to set one: it can score how like its source a picture looks (libvmaf). */
  readonly vmaf: boolean
}

/** A rung of a plan, and what an encode made of it. */
export interface EncodedRung {
  readonly rung: VideoRung
  readonly bytes: readonly Uint8Array[]
  readonly signal: AbortSignal
}

export interface SnapshotOptions {
  readonly signal: AbortSignal
  readonly consume: (offset: number, jpeg: Uint8Array) => Promise<void>
  /** Position in the source's time reached so far; only where all of it is decoded. */
  readonly onProgress: (positionMs: number) => void
}

export interface StoryboardSheets {
  readonly pictures: number
  readonly sheets: readonly Uint8Array[]
}

export interface ExtractionOptions {
  readonly signal: AbortSignal
  /** Position in the source's time reached so far. */
  readonly onProgress: (positionMs: number) => void
  /** Reads the file to its end. */
  readonly consume: (bytes: AsyncIterable<Uint8Array>) => Promise<void>
}

export interface ExtractionReport {
  /** How much sound was written. */
  readonly durationMs: number
  /** What the decoder complained about, at most a few lines; empty for a sound source. */
  readonly complaints: readonly string[]
}

export interface SubtitleTracks {
  /** Streams of the source that are text. */
  readonly streams: readonly number[]
  /** Of the source. */
  readonly durationMs: number
}

/** FFmpeg, as a tool for hostile input: child processes only, whitelists, no network but our own loopback proxy, limits. */
export interface MediaTool {
  readonly abilities: EncoderAbilities
  /** That one encode may keep busy. */
  readonly processors: number
  /** A source that is read as FFmpeg reads it: in blocks, again where the store fails, one version alone. Its reads throw `MediaFailure`, and at once when the signal fires. */
  openBytes(source: PinnedObject, signal: AbortSignal): RangedBytes & Disposable
  /** Throws `MediaFailure` when it is no media file, is cut off, or has no stream that can be decoded. */
  probe(source: PinnedSource, signal: AbortSignal): Promise<SourceMedia>
  /** A JPEG of the first frame, as shown (upright, square pixels, SDR); or the attached picture of an audio file. */
  firstFrame(source: PinnedSource, media: SourceMedia, signal: AbortSignal): Promise<Uint8Array>
  /**
   * JPEGs of the frames that are shown at the plan's seconds, upright, square pixels, SDR; each is handed on before the next
   * one is read. Seconds behind the last frame give none. Throws `MediaFailure`.
   */
  snapshots(source: PinnedSource, plan: SnapshotPlan, options: SnapshotOptions): Promise<void>
  /**
   * JPEGs in even steps, each a keyframe: the first one of its interval, or where that has none the last one before, byte for byte the same.
   * May end early. Throws `MediaFailure`.
   */
  keyframes(source: PinnedSource, plan: KeyframePlan, options: SnapshotOptions): Promise<void>
  /** Sprite sheets (JPEG) of pictures made from keyframes alone, in order, and how many pictures are on them. Throws `MediaFailure`. */
  storyboard(source: PinnedSource, plan: StoryboardPlan, signal: AbortSignal): Promise<StoryboardSheets>
  /** One decode, all tracks. Throws `MediaFailure`. */
  encode(source: PinnedSource, plan: EncodePlan, options: EncodeOptions): Promise<EncodeReport>
  /**
   * Pictures and sound of a piece of a preview, past damage, ahead of all other work of the machine. `consume` is called for each track as that of
   * `encode` is, with rung and sound 0. Throws `MediaFailure`.
   */
  encodePreview(
    source: PinnedSource,
    what: { readonly plan: PreviewPlan; readonly piece: PreviewPiece },
    options: Pick<EncodeOptions, 'consume' | 'signal'>,
  ): Promise<void>
  /** Seconds between keyframes, on average over its first half minute; infinite where there is but one. Throws `MediaFailure`. */
  keyframeGap(source: PinnedSource, media: SourceMedia, signal: AbortSignal): Promise<number>
  /** Decodes the picture to its end or to the first damage, and answers what the decoder says of that; `undefined`: there is none. Throws `MediaFailure`. */
  findDamage(source: PinnedSource, media: SourceMedia, signal: AbortSignal): Promise<string | undefined>
  /** VMAF, 0 to 100, of an encoded rung of the plan against the source. Needs the ability. Throws `MediaFailure`. */
  compare(source: PinnedSource, plan: EncodePlan, encoded: EncodedRung): Promise<number>
  /** The sound as a file of its own, past damage. Throws `MediaFailure`. */
  extractAudio(source: PinnedSource, plan: ExtractionPlan, options: ExtractionOptions): Promise<ExtractionReport>
  /** The cues of each of the tracks, in their order, on the clock of the encoded streams; none where it has none to read. Throws `MediaFailure`. */
  extractSubtitles(
    source: PinnedSource,
    tracks: SubtitleTracks,
    options: Pick<ExtractionOptions, 'onProgress' | 'signal'>,
  ): Promise<readonly (readonly Cue[])[]>
  /**
   * Decodes an initialisation segment and media segments that follow it; answers frames (video) or samples per channel (audio).
   * Throws `MediaFailure`, also for any complaint of the decoder's unless `tolerant`.
   */
  decode(bytes: readonly Uint8Array[], signal: AbortSignal, how?: 'strict' | 'tolerant'): Promise<number>
}

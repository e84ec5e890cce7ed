import type { AssetId, ProjectId } from '../shared/ids.ts'
import type { AssetEncryption, SealedKey } from './encryption.ts'
import type { SourceMedia } from './media.ts'
import type { Preview } from './preview.ts'
import type { Review } from './review.ts'
import type { Snapshots } from './snapshots.ts'
import type { Subtitles } from './subtitles.ts'
import type { TranscodeSettings } from './transcode-settings.ts'
import type { WorkflowRun } from './workflow-run.ts'

/** From the call to the verified source in place; `reason` is for the person who made the call. */
export type Ingest =
  | { readonly state: 'creating' }
  | { readonly state: 'created' }
  | { readonly state: 'failed'; readonly reason: string }
  | { readonly state: 'deleted' }

export type Transcode =
  | { readonly state: 'none'; readonly note?: string }
  | { readonly state: 'waiting' }
  | { readonly state: 'running' }
  /** `note`: what a viewer should know, e.g. that the source was damaged. */
  | { readonly state: 'succeeded'; readonly note?: string }
  | { readonly state: 'failed'; readonly reason: string }

/** Asked for and not ended; also of the sound that is taken out of a video. */
export const isTranscoding = ({ transcode: { state } }: Pick<Asset, 'transcode'>): boolean =>
  state === 'waiting' || state === 'running'

/**
 * A transcode that was asked for after the asset was made and has not ended. Until it succeeds, everything else that the asset
 * says and serves is of the one before.
 */
export interface NextTranscode {
  readonly templateGroup: string
  readonly templateGroupId: string
  readonly settings: TranscodeSettings
  /** With which the outputs are to be encrypted; absent: with the asset's, if it has one. */
  readonly key?: SealedKey
  /** The state whose place it took, which a cancel gives back. */
  readonly before: Transcode
}

/** Files of a transcode that another one took the place of, kept and served for players that hold its playlists. */
export interface RetiredRun {
  readonly run: string
  /** Milliseconds since 1970. */
  readonly untilMs: number
  /** Absent: it is clear. */
  readonly key?: SealedKey
  /** Players that are under way with it may ask for segments that nobody has made yet. */
  readonly preview?: true
}

/** What an audio asset is made of that was taken out of a video asset. */
export interface Extraction {
  readonly from: AssetId
  readonly format: AudioFormat
}

export const AUDIO_FORMATS = ['MP3', 'AAC'] as const
export type AudioFormat = (typeof AUDIO_FORMATS)[number]

/** The object that the asset was made from, and the very version that the caller's request saw. */
export interface AssetSource {
  readonly bucket: string
  readonly key: string
  readonly sizeBytes: number
  readonly etag: string
}

/** Where results go that stay with the tenant: a bucket of theirs and a path in it, both as the caller wrote them. */
export interface OutputPlace {
  readonly bucket: string
  readonly path: string
}

/** Parameters that are stored at creation and acted upon later, if at all; see the operation's `gaps`. */
export interface StoredOptions {
  /** Outputs are pulled through the edges whenever there are new ones and the asset is published. */
  readonly autoPreheat?: boolean
}

export interface Asset {
  readonly id: AssetId
  readonly projectId: ProjectId
  readonly createdAt: Date
  readonly modifiedAt: Date
  readonly title: string
  readonly description?: string
  /** Absent: the built-in category "Other". */
  readonly categoryId?: number
  readonly tags: readonly string[]
  /** The vendor's name of the source's format, upper case, as the caller gave it. */
  readonly videoType: string
  /** The object's own file name. */
  readonly videoName: string
  readonly source: AssetSource
  /** Nothing is copied then, and results go there (storage mode 1); absent: everything is copied to or made in our own bucket. */
  readonly output?: OutputPlace
  /**
   * Path of the source in the asset's public URLs and, where we keep a copy of it, below the asset's folder; fixed at
   * creation so that a repeated transfer writes the same object.
   */
  readonly sourcePath: string
  readonly ingest: Ingest
  readonly published: boolean
  readonly publishWhenReady: boolean
  readonly templateGroup?: string
  readonly templateGroupId?: string
  /** What the template group said when the asset was made, or transcoded last; absent: it is not transcoded. */
  readonly transcodeSettings?: TranscodeSettings
  readonly transcode: Transcode
  readonly snapshots: Snapshots
  /** Absent: it was never reviewed. */
  readonly review?: Review
  readonly nextTranscode?: NextTranscode
  /** Which object is the index of the streams (`indexObject`); absent while there are none. */
  readonly index?: string
  readonly retired?: readonly RetiredRun[]
  /** Absent: nobody asked for it yet. */
  readonly preview?: Preview
  readonly extraction?: Extraction
  readonly media?: SourceMedia
  /** Path of the object below the asset's folder: the first frame under its own name, or a snapshot. Absent: it has none (yet). */
  readonly cover?: string
  /** Sprite sheets of its storyboard; absent: it has none (yet). */
  readonly storyboardSheets?: number
  /** Our copy of the source was deleted on request, or after the transcode; the renditions stay. */
  readonly sourceRemoved: boolean
  /** Our copy of the source goes once a transcode has succeeded; `insertAsset` takes it from the project where it is absent. */
  readonly releasesSource?: boolean
  /** When it is deleted by itself, or soon after; absent: never. Of a new asset the project says so, in days. */
  readonly expiresAt?: Date
  /** Absent: the HLS outputs are clear, and always were. */
  readonly encryption?: AssetEncryption
  /** Absent: it never had any. */
  readonly subtitles?: Subtitles
  /** Absent: it was made without one. */
  readonly workflow?: WorkflowRun
  readonly options: StoredOptions
}

import type { SourceMedia } from '../catalog/media.ts'
import type { Rendition } from '../catalog/rendition.ts'
import type { ReviewReport } from '../catalog/review.ts'
import type { SnapshotPoints } from '../catalog/snapshots.ts'
import type { AssetId } from '../shared/ids.ts'

/** What an endpoint may want to hear of, by the names that events bear on the wire. */
export const EVENT_KINDS = [
  'createComplete',
  'transcodeComplete',
  'thumbnailComplete',
  'coverComplete',
  'audioExtractComplete',
  'reviewComplete',
] as const
export type EventKind = (typeof EVENT_KINDS)[number]

/**
 * Something that ended, as it was at that moment: what becomes of the asset afterwards does not change what is told. Holds paths
 * instead of URLs, and no secrets: it is stored as it is.
 */
export interface AssetEvent {
  /** 32 hex digits, the same for every endpoint and every try: by it receivers know what they had already. */
  readonly id: string
  readonly assetId: AssetId
  readonly happenedAt: Date
  readonly title: string
  readonly content: EventContent
}

export type EventContent =
  | { readonly kind: 'createComplete' | 'audioExtractComplete'; readonly outcome: Outcome<MadeFile> }
  | { readonly kind: 'transcodeComplete'; readonly templateGroup: string; readonly outcome: Outcome<MadeOutputs> }
  | { readonly kind: 'thumbnailComplete'; readonly outcome: Outcome<MadeSnapshots> }
  | { readonly kind: 'coverComplete'; readonly outcome: Outcome<null> }
  | { readonly kind: 'reviewComplete'; readonly outcome: Outcome<ReviewReport> }

export type Outcome<Made> =
  | { readonly state: 'succeeded'; readonly made: Made }
  /** `reason` is for the person who owns the asset. */
  | { readonly state: 'failed'; readonly reason: string }

export interface MadeFile {
  /** Below the asset; absent: nobody is served the file, because its streams are encrypted. */
  readonly path?: string
  readonly videoType: string
  readonly sizeBytes: number
  readonly media?: SourceMedia
}

export interface MadeOutputs {
  readonly encrypted: boolean
  readonly renditions: readonly Rendition[]
}

export interface MadeSnapshots {
  readonly type: SnapshotPoints['type']
  /** Seconds of which there is a picture. */
  readonly offsets: readonly number[]
}

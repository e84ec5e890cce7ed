import type { ReviewReport } from './review.ts'

/** What can happen to an asset. Recorded in the transaction that changed it; `lifecycle/decide` answers with what follows. */
export type AssetFact =
  | { readonly type: 'imported' }
  | { readonly type: 'transferred' }
  /** An HLS stream was looked through where it lies. */
  | { readonly type: 'adopted' }
  | { readonly type: 'ingest_failed' }
  /** By a call, not by `publishWhenReady`. */
  | { readonly type: 'published' }
  | { readonly type: 'unpublished' }
  | { readonly type: 'probed' }
  | { readonly type: 'transcode_ordered' }
  /** Into so many parts, which are encoded by whoever is free. */
  | { readonly type: 'transcode_divided'; readonly parts: number }
  /** They do not make a whole: it is encoded in one piece. */
  | { readonly type: 'parts_unfit' }
  /** While it still waited. */
  | { readonly type: 'transcode_cancelled' }
  /** `repeated`: earlier tries, or an earlier transcode, may have left files. */
  | { readonly type: 'transcoded'; readonly repeated: boolean }
  /** `templateGroup`: by which it was ordered. */
  | { readonly type: 'transcode_failed'; readonly templateGroup?: string }
  | { readonly type: 'encryption_requested' }
  | { readonly type: 'encryption_changed' }
  | { readonly type: 'encryption_failed' }
  /** Of an asset that is in place. */
  | { readonly type: 'snapshots_ordered' }
  | { readonly type: 'snapshots_made' }
  | { readonly type: 'snapshots_failed' }
  | { readonly type: 'snapshots_removed' }
  | { readonly type: 'cover_chosen' }
  /** The first frame, which is the cover from now on. */
  | { readonly type: 'cover_made' }
  | { readonly type: 'cover_failed'; readonly reason: string }
  | { readonly type: 'subtitles_requested' }
  | { readonly type: 'subtitles_changed' }
  | { readonly type: 'subtitles_failed' }
  /** Of an asset that is in place. */
  | { readonly type: 'review_ordered' }
  | { readonly type: 'reviewed'; readonly report: ReviewReport }
  | { readonly type: 'review_failed' }
  /** A person passed or blocked it. */
  | { readonly type: 'review_judged' }
  | { readonly type: 'outputs_removed' }
  | { readonly type: 'extraction_ordered' }
  | { readonly type: 'extracted' }
  | { readonly type: 'extraction_failed' }
  /** `templateGroup`: of the transcode. */
  | { readonly type: 'work_cancelled'; readonly ended: readonly EndedWork[]; readonly templateGroup?: string }
  /** `released`: after its transcode, by itself. */
  | { readonly type: 'source_removed'; readonly released?: true }
  /** `expired`: by itself. */
  | { readonly type: 'deleted'; readonly expired?: true }

/** What had begun, or waited, and will not end by itself any more. */
export type EndedWork = 'ingest' | 'transcode' | 'snapshots' | 'review' | 'encryption'

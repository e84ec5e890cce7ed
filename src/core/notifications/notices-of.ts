import type { Asset } from '../catalog/asset.ts'
import type { AssetFact, EndedWork } from '../catalog/fact.ts'
import type { ReviewReport } from '../catalog/review.ts'
import { assertNever } from '../shared/assert-never.ts'
import type { EventKind } from './event.ts'

/** That an event is due, before what it says is gathered. */
export interface Notice {
  readonly kind: EventKind
  /** Why what it tells of failed; absent: it succeeded. */
  readonly failure?: string
  /** Of a transcode that failed: by which it was ordered. Absent: that of the asset. */
  readonly templateGroup?: string
  /** Of a review that ended well. */
  readonly report?: ReviewReport
}

/**
 * Of which events a fact gives notice. `asset` is the state after the fact and what `lifecycle/decide` changed by it. Each end of
 * something is one fact, and a fact is recorded once, however often its task was tried: so nothing is told twice.
 */
export const noticesOf = (asset: Asset, fact: AssetFact): readonly Notice[] => {
  switch (fact.type) {
    case 'probed':
      return [{ kind: 'createComplete' }, ...snapshotsNotBegun(asset)]
    case 'adopted':
      return [{ kind: 'createComplete' }, ...coverOfStream(asset), ...snapshotsNotBegun(asset)]
    case 'ingest_failed':
    case 'extraction_failed':
      return [ended(asset, 'ingest')]
    case 'extracted':
      return [{ kind: 'audioExtractComplete' }]
    case 'transcoded':
    case 'encryption_changed':
      return [{ kind: 'transcodeComplete' }]
    case 'transcode_failed':
      return [ended(asset, 'transcode', fact)]
    case 'encryption_failed':
      return [{ kind: 'transcodeComplete', failure: asset.encryption?.failure ?? UNKNOWN }]
    case 'snapshots_made':
      return [{ kind: 'thumbnailComplete' }]
    case 'snapshots_failed':
      return [ended(asset, 'snapshots')]
    case 'reviewed':
      return [{ kind: 'reviewComplete', report: fact.report }]
    case 'review_failed':
      return [ended(asset, 'review')]
    case 'cover_made':
      return [{ kind: 'coverComplete' }]
    case 'cover_failed':
      return [{ kind: 'coverComplete', failure: fact.reason }]
    case 'work_cancelled':
      return fact.ended.map((work) => ended(asset, work, fact))
    case 'imported':
    case 'transferred':
    case 'published':
    case 'unpublished':
    case 'transcode_ordered':
    case 'transcode_cancelled':
    case 'encryption_requested':
    case 'snapshots_ordered':
    case 'snapshots_removed':
    case 'cover_chosen':
    case 'subtitles_requested':
    case 'subtitles_changed':
    case 'subtitles_failed':
    case 'review_ordered':
    case 'review_judged':
    case 'outputs_removed':
    case 'transcode_divided':
    case 'parts_unfit':
    case 'extraction_ordered':
    case 'source_removed':
    case 'deleted':
      return []
    default:
      return assertNever(fact)
  }
}

const UNKNOWN = 'No reason is known'

/** What failed or was cancelled, with the reason that the asset gives. */
const ended = (asset: Asset, work: EndedWork, { templateGroup }: Pick<Notice, 'templateGroup'> = {}): Notice => {
  const { ingest, transcode, snapshots, review, extraction } = asset
  switch (work) {
    case 'ingest':
      return {
        kind: extraction ? 'audioExtractComplete' : 'createComplete',
        failure: ingest.state === 'failed' ? ingest.reason : UNKNOWN,
      }
    case 'transcode':
      return {
        kind: 'transcodeComplete',
        failure: transcode.state === 'failed' ? transcode.reason : UNKNOWN,
        ...(templateGroup !== undefined && { templateGroup }),
      }
    case 'snapshots':
      return { kind: 'thumbnailComplete', failure: snapshots.state === 'failed' ? snapshots.reason : UNKNOWN }
    case 'review':
      return { kind: 'reviewComplete', failure: review?.state === 'failed' ? review.reason : UNKNOWN }
    case 'encryption':
      return { kind: 'transcodeComplete', failure: 'Changing the encryption was cancelled on request' }
    default:
      return assertNever(work)
  }
}

/** They failed before their task could begin: the source is no film. */
const snapshotsNotBegun = (asset: Asset): readonly Notice[] =>
  asset.snapshots.state === 'failed' ? [ended(asset, 'snapshots')] : []

/** Of a stream the first frame is made while it is looked through. Where snapshots follow, one of them is the cover. */
const coverOfStream = ({ media, snapshots, cover }: Asset): readonly Notice[] => {
  if (!media?.video || snapshots.state !== 'none') return []
  return [{ kind: 'coverComplete', ...(cover === undefined && { failure: 'The first frame cannot be decoded' }) }]
}

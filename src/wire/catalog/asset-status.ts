import type { Asset, Transcode } from '../../core/catalog/asset.ts'
import { isEncrypted } from '../../core/catalog/encryption.ts'
import type { AssetStateFilter } from '../../core/catalog/ports.ts'
import type { Rendition } from '../../core/catalog/rendition.ts'
import type { Snapshots } from '../../core/catalog/snapshots.ts'
import { leftOutSubtitles } from '../../core/catalog/subtitle-tracks.ts'
import type { AssetView } from '../../core/catalog/use-cases.ts'
import { assertNever } from '../../core/shared/assert-never.ts'
import { reviewDescription } from '../review/review-status.ts'

/** Upload and publication state of `asset/list`. */
export const shortStatus = ({ ingest, published }: Asset): string => {
  switch (ingest.state) {
    case 'creating':
      return 'CREATING'
    case 'failed':
      return 'FAILED'
    case 'deleted':
      return 'DELETED'
    case 'created':
      return published ? 'PUBLISHED' : 'CREATED'
    default:
      return assertNever(ingest)
  }
}

/** The one combined state of `asset/info`, publish and unpublish: first match wins (decisions.md 1). */
export const combinedStatus = (asset: Asset): string => {
  const short = shortStatus(asset)
  if (asset.extraction && short === 'CREATING') return short
  // Of an extraction only a cancel leaves it like that.
  if (asset.extraction && short === 'FAILED') return asset.transcode.state === 'none' ? 'CANCELLED' : 'SERVER_ERROR'
  if (short === 'CREATING') return 'OBS_CREATING'
  if (short === 'FAILED') return 'OBS_CREATE_FAILED'
  return short === 'CREATED' && asset.transcode.state !== 'none' ? transcodeStatus(asset.transcode) : short
}

const TRANSCODE = {
  none: 'UN_TRANSCODE',
  waiting: 'WAITING_TRANSCODE',
  running: 'TRANSCODING',
  succeeded: 'TRANSCODE_SUCCEED',
  failed: 'TRANSCODE_FAILED',
} as const satisfies Record<Transcode['state'], string>

export const transcodeStatus = ({ state }: Transcode): string => TRANSCODE[state]

/** Why the asset is in its state, for people. */
export const assetDescription = ({ ingest, published, extraction }: Asset): string => {
  switch (ingest.state) {
    case 'creating':
      return extraction ? 'Sound is being extracted' : 'Asset is being transferred'
    case 'failed':
      return ingest.reason
    case 'deleted':
      return 'Asset is deleted'
    case 'created':
      return published ? 'Asset is published' : 'Asset is unpublished'
    default:
      return assertNever(ingest)
  }
}

/** An asset with the outputs that it has now: what its template group asks for is not always what its source gets. */
type Described = Pick<AssetView, 'asset' | 'renditions'>

/** What became of the streams: of their last transcode, and of a change of their encryption that failed after its call was accepted. */
export const transcodeDescription = ({ asset, renditions }: Described): string => {
  const failure = asset.encryption?.failure
  const failed = failure === undefined ? '' : `Changing the encryption failed: ${failure}`
  return [transcodeOutcome(asset, renditions), failed, ...subtitleNotes(asset)].filter(Boolean).join('. ')
}

const transcodeOutcome = (asset: Asset, renditions: readonly Rendition[]): string => {
  const { transcode } = asset
  switch (transcode.state) {
    case 'none':
      return transcode.note ?? ''
    case 'waiting':
      return 'Transcode is waiting'
    case 'running':
      return 'Transcode is running'
    case 'succeeded':
      return ['Transcode success', transcode.note, ...clearOutputs(asset, renditions)].filter(Boolean).join('. ')
    case 'failed':
      return transcode.reason
    default:
      return assertNever(transcode)
  }
}

/**
 * Not in the contract: a real answer of the vendor's has it, with the first of these. The others are ours, after its words for transcodes and
 * snapshots, so that whoever changed subtitles can see when they are there.
 */
export const repackageStatus = ({ subtitles }: Asset): string => {
  if (subtitles?.change?.type === 'edit') return 'REPACKAGING'
  if (subtitles?.lastEdit === undefined) return 'UN_REPACKAGE'
  return subtitles.lastEdit === 'succeeded' ? 'REPACKAGE_SUCCEED' : 'REPACKAGE_FAILED'
}

/** Of the source's own, and of the last change. */
const subtitleNotes = ({ transcode, media, subtitles }: Asset): readonly string[] => {
  const leftOut = transcode.state === 'succeeded' && media ? leftOutSubtitles(media) : undefined
  return [leftOut, subtitles?.note].filter((note) => note !== undefined)
}

/** decisions.md 5.6 */
const clearOutputs = (asset: Asset, renditions: readonly Rendition[]): readonly string[] => {
  const formats = new Set(renditions.map(({ format }) => format))
  return isEncrypted(asset) && formats.has('HLS') && formats.size > 1
    ? ['Encrypted are the HLS outputs; those of other formats stay clear']
    : []
}

/** What is wanted has not begun: the source is not in place yet. */
export const SNAPSHOT_STATES = {
  none: 'UN_THUMBNAIL',
  wanted: 'UN_THUMBNAIL',
  running: 'THUMBNAILING',
  succeeded: 'THUMBNAIL_SUCCEED',
  failed: 'THUMBNAIL_FAILED',
} as const satisfies Record<Snapshots['state'], string>

export const snapshotDescription = (snapshots: Snapshots): string => {
  switch (snapshots.state) {
    case 'none':
      return snapshots.note ?? ''
    case 'wanted':
      return ''
    case 'running':
      return 'Thumbnail is running'
    case 'succeeded':
      return ['Thumbnail success', snapshots.note].filter(Boolean).join('. ')
    case 'failed':
      return snapshots.reason
    default:
      return assertNever(snapshots)
  }
}

/** `key:value;` pairs; parts without content are left out. */
export const execDescription = ({ asset, renditions }: Described): string =>
  Object.entries({
    asset_exec_desc: assetDescription(asset),
    transcode_exec_desc: transcodeDescription({ asset, renditions }),
    thumbnail_exec_desc: snapshotDescription(asset.snapshots),
    review_exec_desc: reviewDescription(asset.review),
  })
    .filter(([, text]) => text !== '')
    .map(([key, text]) => `${key}:${text};`)
    .join('')

/** `status` of `asset/list`: values of four machines, plain OR over all of them. */
export const LIST_STATUS = {
  CREATING: 'creating',
  FAILED: 'failed',
  CREATED: 'created',
  PUBLISHED: 'published',
  WAITING_TRANSCODE: 'transcode_waiting',
  TRANSCODING: 'transcode_running',
  TRANSCODE_SUCCEED: 'transcode_succeeded',
  TRANSCODE_FAILED: 'transcode_failed',
  THUMBNAILING: 'snapshots_running',
  THUMBNAIL_SUCCEED: 'snapshots_succeeded',
  THUMBNAIL_FAILED: 'snapshots_failed',
  UN_REVIEW: 'review_none',
  REVIEWING: 'review_running',
  REVIEW_SUSPICIOUS: 'review_suspicious',
  REVIEW_PASSED: 'review_passed',
  REVIEW_FAILED: 'review_failed',
  REVIEW_BLOCKED: 'review_blocked',
} as const satisfies Record<string, AssetStateFilter>

/** `status` of `asset/info`: the combined state. */
export const INFO_STATUS = {
  UNCREATED: 'never',
  DELETED: 'never',
  CANCELLED: 'never',
  SERVER_ERROR: 'failed',
  UPLOAD_FAILED: 'never',
  CREATING: 'creating',
  PUBLISHED: 'published',
  WAITING_TRANSCODE: 'unpublished_waiting',
  TRANSCODING: 'unpublished_running',
  TRANSCODE_FAILED: 'unpublished_failed',
  TRANSCODE_SUCCEED: 'unpublished_succeeded',
  CREATED: 'unpublished_none',
} as const satisfies Record<string, AssetStateFilter>

export const TRANSCODE_STATES = {
  UN_TRANSCODE: 'none',
  WAITING_TRANSCODE: 'waiting',
  TRANSCODING: 'running',
  TRANSCODE_SUCCEED: 'succeeded',
  TRANSCODE_FAILED: 'failed',
} as const satisfies Record<string, Transcode['state']>

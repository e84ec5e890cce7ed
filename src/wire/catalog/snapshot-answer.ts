import { type Static, Type } from 'typebox'
import type { Asset } from '../../core/catalog/asset.ts'
import { snapshotPath } from '../../core/catalog/object-keys.ts'
import { assetUrl } from './asset-answer.ts'
import { SNAPSHOT_STATES, snapshotDescription } from './asset-status.ts'

export const SnapshotAnswer = Type.Object({
  offset: Type.Integer({ description: 'Seconds into the video.' }),
  url: Type.String(),
})

export const ThumbnailInfo = Type.Object({
  thumbnail_status: Type.String(),
  exec_desc: Type.String(),
  sample: Type.Array(SnapshotAnswer, { description: 'Of type time.' }),
  dots: Type.Array(SnapshotAnswer, { description: 'Of type dots.' }),
  quantity: Type.Array(SnapshotAnswer, { description: 'Of type quantity.' }),
})

export const snapshotAnswers = (
  publicUrl: string,
  asset: Asset,
  offsets: readonly number[],
): Static<typeof SnapshotAnswer>[] =>
  offsets.map((offset) => ({ offset, url: assetUrl(publicUrl, asset, snapshotPath(offset)) }))

/** The section of asset/details; absent until the snapshots are there (vendor's rule). The lists of other types are empty. */
export const thumbnailInfo = (publicUrl: string, asset: Asset): Static<typeof ThumbnailInfo> | undefined => {
  const { snapshots } = asset
  if (snapshots.state !== 'succeeded') return undefined
  const { type } = snapshots.settings.points
  const pictures = snapshotAnswers(publicUrl, asset, snapshots.offsets)
  return {
    thumbnail_status: SNAPSHOT_STATES.succeeded,
    exec_desc: snapshotDescription(snapshots),
    sample: type === 'interval' ? pictures : [],
    dots: type === 'points' ? pictures : [],
    quantity: type === 'count' ? pictures : [],
  }
}

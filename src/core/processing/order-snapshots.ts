import type { Asset } from '../catalog/asset.ts'
import type { CatalogTx } from '../catalog/ports.ts'
import { type SnapshotTask, servedTask } from '../catalog/snapshots.ts'
import { isAudioType } from '../catalog/video-type.ts'
import { DomainError } from '../shared/problem.ts'

/**
 * Has an asset that is locked, and was looked at by `requireSnapshotable`, snapshots made of; those that are there are
 * served until then.
 */
export const orderSnapshots = async (tx: CatalogTx, asset: Asset, task: SnapshotTask): Promise<void> => {
  const before = servedTask(asset.snapshots)
  await tx.updateAsset(asset.id, { snapshots: { state: 'running', ...task, ...(before && { before }) } })
  await tx.record(asset.id, { type: 'snapshots_ordered' })
}

/** Throws `asset_not_ready` (source not in place or not probed yet), `media_unsupported`, `asset_busy`. */
export const requireSnapshotable = ({ videoType, ingest, media, snapshots, sourceRemoved }: Asset): void => {
  if (isAudioType(videoType)) {
    throw new DomainError({ kind: 'media_unsupported', reason: 'Audio assets have no snapshots' })
  }
  if (ingest.state !== 'created' || !media) throw new DomainError({ kind: 'asset_not_ready' })
  if (!media.video) throw new DomainError({ kind: 'media_unsupported', reason: 'The source has no moving picture' })
  // Of a source that was deleted nothing can be made any more.
  if (snapshots.state === 'running' || sourceRemoved) throw new DomainError({ kind: 'asset_busy' })
}

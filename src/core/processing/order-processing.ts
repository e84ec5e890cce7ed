import type { Asset } from '../catalog/asset.ts'
import { isEncrypted } from '../catalog/encryption.ts'
import { lockExisting } from '../catalog/lock-existing.ts'
import type { CatalogTx, Transactions } from '../catalog/ports.ts'
import type { SnapshotSettings } from '../catalog/snapshots.ts'
import type { NewId, ProjectId } from '../shared/ids.ts'
import { orderSnapshots, requireSnapshotable } from './order-snapshots.ts'
import {
  chooseTranscode,
  orderTranscode,
  requireTranscodable,
  type TranscodeOrder,
  type TranscodeOrderDeps,
} from './order-transcode.ts'

export interface OrderDeps extends TranscodeOrderDeps {
  readonly db: Transactions<CatalogTx>
  readonly newId: NewId
}

/** At least one of them. */
export interface ProcessingOrder {
  readonly transcode?: TranscodeOrder
  readonly snapshots?: SnapshotSettings
}

/**
 * Has a transcode of an asset begin, or snapshots of it, or both: all that is asked for or nothing. Answers the id of the snapshot
 * task, if there is one. Throws `asset_not_found`, `asset_deleted`, and as the order of each says.
 */
export const orderProcessing =
  ({ db, newId, ...deps }: OrderDeps) =>
  async (
    projectId: ProjectId,
    id: string,
    { transcode, snapshots }: ProcessingOrder,
  ): Promise<{ readonly snapshotTask?: string }> => {
    const lockReady = async (tx: CatalogTx): Promise<Asset> => {
      const asset = await lockExisting(tx, projectId, id)
      if (transcode) requireTranscodable(asset)
      if (snapshots) requireSnapshotable(asset)
      return asset
    }
    // What is wrong with the asset is said before what is wrong with the group.
    const isSealed = isEncrypted(await db.write(lockReady))
    const chosen = transcode && (await chooseTranscode(deps, projectId, { ...transcode, isSealed }))
    const task = snapshots && { task: newId(), settings: snapshots }
    await db.write(async (tx) => {
      const asset = await lockReady(tx)
      if (chosen) await orderTranscode(tx, asset, { ...chosen, keys: deps.keys })
      if (task) await orderSnapshots(tx, asset, task)
    })
    return task ? { snapshotTask: task.task } : {}
  }

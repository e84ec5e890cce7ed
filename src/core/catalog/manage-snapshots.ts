import { type ProjectId, parseAssetId } from '../shared/ids.ts'
import { DomainError } from '../shared/problem.ts'
import type { Asset } from './asset.ts'
import { snapshotPath } from './object-keys.ts'
import type { CatalogReader, CatalogTx, Transactions } from './ports.ts'
import { recordedStill } from './recorded-still.ts'
import { type Snapshots, type SnapshotTask, taskOf, withoutTask } from './snapshots.ts'
import type { DeletedSnapshots, SnapshotTaskView } from './use-cases.ts'

interface Deps {
  readonly db: Transactions<CatalogTx>
  readonly reader: CatalogReader
}

/** Tasks of the project, newest asset first; ids that nobody knows find none. */
export const listSnapshotTasks =
  ({ reader }: Pick<Deps, 'reader'>) =>
  async (
    projectId: ProjectId,
    { assetId, task }: { readonly assetId?: string; readonly task?: string },
    range: { readonly offset: number; readonly limit: number },
  ): Promise<{ readonly tasks: readonly SnapshotTaskView[]; readonly total: number }> => {
    const id = assetId === undefined ? undefined : parseAssetId(assetId)
    if (assetId !== undefined && !id) return { tasks: [], total: 0 }
    const filter = { ...(id && { assetId: id }), ...(task !== undefined && { task }) }
    const { assets, total } = await reader.withSnapshots(projectId, filter, range)
    return { tasks: assets.flatMap(viewOf), total }
  }

/** Throws `asset_not_found` for a task that this project does not have. */
export const showSnapshotTask =
  ({ reader }: Pick<Deps, 'reader'>) =>
  async (projectId: ProjectId, task: string): Promise<SnapshotTaskView> => {
    const { assets } = await reader.withSnapshots(projectId, { task }, { offset: 0, limit: 1 })
    const [view] = assets.flatMap(viewOf)
    if (!view) throw new DomainError({ kind: 'asset_not_found' })
    return view
  }

const viewOf = (asset: Asset): readonly SnapshotTaskView[] => {
  const { snapshots } = asset
  const task = taskOf(snapshots)
  // Pictures that an earlier task left are not this one's.
  return task ? [{ asset, task, offsets: snapshots.state === 'succeeded' ? snapshots.offsets : [] }] : []
}

/**
 * Removes an asset's tasks and their pictures; a cover that was one of them stays, and so does what a task before one that failed
 * has left. Throws `asset_not_found` when the asset or all
 * of the tasks are unknown, `asset_busy` when the only one is being worked on.
 */
export const deleteSnapshots =
  ({ db }: Pick<Deps, 'db'>) =>
  async (projectId: ProjectId, id: string, tasks: readonly string[]): Promise<readonly DeletedSnapshots[]> => {
    const assetId = parseAssetId(id)
    if (!assetId) throw new DomainError({ kind: 'asset_not_found' })
    const entries = await db.write(async (tx) => {
      const asset = await tx.lockAsset(assetId)
      if (asset?.projectId !== projectId || asset.ingest.state === 'deleted') return []
      const outcomes = tasks.map((task) => ({ task, outcome: outcomeOf(asset.snapshots, task) }))
      if (outcomes.some(({ outcome }) => outcome === 'deleted')) {
        await tx.updateAsset(assetId, { snapshots: withoutTask(asset.snapshots) })
        await tx.record(assetId, { type: 'snapshots_removed' })
      }
      return outcomes
    })
    if (entries.every(({ outcome }) => outcome === 'unknown')) throw new DomainError({ kind: 'asset_not_found' })
    if (entries.length === 1 && entries[0]?.outcome === 'busy') throw new DomainError({ kind: 'asset_busy' })
    return entries
  }

const outcomeOf = (snapshots: Snapshots, task: SnapshotTask['task']): DeletedSnapshots['outcome'] => {
  if (taskOf(snapshots)?.task !== task) return 'unknown'
  return snapshots.state === 'succeeded' || snapshots.state === 'failed' ? 'deleted' : 'busy'
}

/** Makes the snapshot of a second the cover. Throws `asset_not_found` when there is no such snapshot. */
export const coverFromSnapshot =
  ({ db }: Pick<Deps, 'db'>) =>
  async (projectId: ProjectId, id: string, offset: number): Promise<void> => {
    const assetId = parseAssetId(id)
    if (!assetId) throw new DomainError({ kind: 'asset_not_found' })
    await db.write(async (tx) => {
      const asset = await tx.lockAsset(assetId)
      const isThere = asset?.projectId === projectId && asset.ingest.state === 'created'
      const snapshot = isThere ? recordedStill(asset, snapshotPath(offset)) : undefined
      if (!snapshot) throw new DomainError({ kind: 'asset_not_found' })
      await tx.updateAsset(assetId, { cover: snapshot.object })
      await tx.record(assetId, { type: 'cover_chosen' })
    })
  }

import { type ProjectId, parseAssetId } from '../shared/ids.ts'
import { DomainError } from '../shared/problem.ts'
import type { Asset } from './asset.ts'
import type { AssetPatch, CatalogReader, CatalogTx, Transactions } from './ports.ts'
import { showAsset } from './show-asset.ts'
import type { AssetView } from './use-cases.ts'

interface Deps {
  readonly db: Transactions<CatalogTx>
  readonly reader: CatalogReader
}

const CANCELLED = 'Cancelled on request'

/** Ends all waiting and running work of an asset; succeeds when there is none. Throws `asset_not_found`, `asset_deleted`. */
export const cancelWork =
  ({ db, reader }: Deps) =>
  async (projectId: ProjectId, id: string): Promise<AssetView> => {
    const assetId = parseAssetId(id)
    if (!assetId) throw new DomainError({ kind: 'asset_not_found' })
    await db.write(async (tx) => {
      const asset = await tx.lockAsset(assetId)
      if (asset?.projectId !== projectId) throw new DomainError({ kind: 'asset_not_found' })
      if (asset.ingest.state === 'deleted') throw new DomainError({ kind: 'asset_deleted' })
      const patch = afterCancel(asset)
      if (Object.keys(patch).length > 0) await tx.updateAsset(assetId, patch)
      await tx.record(assetId, { type: 'work_cancelled' })
    })
    return showAsset(reader)(projectId, id)
  }

/** A cancelled probe fails the transcode that waits for it, and nothing where none was asked for. */
const afterCancel = ({ ingest, transcode, snapshots, encryption }: Asset): AssetPatch => {
  const stills: AssetPatch =
    snapshots.state === 'running' ? { snapshots: { ...snapshots, state: 'failed', reason: CANCELLED } } : {}
  if (encryption?.change?.state === 'rewriting') {
    const { change: _, ...before } = encryption
    return { ...stills, encryption: before }
  }
  if (ingest.state === 'creating') return { ingest: { state: 'failed', reason: CANCELLED } }
  const transcoding = transcode.state === 'waiting' || transcode.state === 'running'
  return {
    ...(transcoding && { transcode: { state: 'failed', reason: CANCELLED } }),
    ...stills,
  }
}

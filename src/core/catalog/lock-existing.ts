import { type ProjectId, parseAssetId } from '../shared/ids.ts'
import { DomainError } from '../shared/problem.ts'
import type { Asset } from './asset.ts'
import type { CatalogTx } from './ports.ts'

/** The project's asset of this id, locked. Throws `asset_not_found`, `asset_deleted`. */
export const lockExisting = async (tx: CatalogTx, projectId: ProjectId, id: string): Promise<Asset> => {
  const assetId = parseAssetId(id)
  const asset = assetId && (await tx.lockAsset(assetId))
  if (asset?.projectId !== projectId) throw new DomainError({ kind: 'asset_not_found' })
  if (asset.ingest.state === 'deleted') throw new DomainError({ kind: 'asset_deleted' })
  return asset
}

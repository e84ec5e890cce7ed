import { type ProjectId, parseAssetId } from '../shared/ids.ts'
import { DomainError } from '../shared/problem.ts'
import type { AssetPatch, CatalogReader, CatalogTx, Transactions } from './ports.ts'

interface Deps {
  readonly db: Transactions<CatalogTx>
}

/** Changes title, description, category or tags; members that are absent stay. Throws `asset_not_found`, `asset_deleted`, `category_not_found`. */
export const updateAsset =
  ({ db }: Deps) =>
  async (projectId: ProjectId, id: string, patch: AssetPatch): Promise<void> => {
    const assetId = parseAssetId(id)
    if (!assetId) throw new DomainError({ kind: 'asset_not_found' })
    const { categoryId } = patch
    await db.write(async (tx) => {
      if (typeof categoryId === 'number' && !(await tx.lockCategory(projectId, categoryId))) {
        throw new DomainError({ kind: 'category_not_found' })
      }
      const asset = await tx.lockAsset(assetId)
      if (asset?.projectId !== projectId) throw new DomainError({ kind: 'asset_not_found' })
      if (asset.ingest.state === 'deleted') throw new DomainError({ kind: 'asset_deleted' })
      await tx.updateAsset(assetId, patch)
    })
  }

/** Throws `category_not_found` unless the project has this category. */
export const requireCategory = async (reader: CatalogReader, projectId: ProjectId, id: number): Promise<void> => {
  const names = await reader.categoryNames(projectId, [id])
  if (!names.has(id)) throw new DomainError({ kind: 'category_not_found' })
}

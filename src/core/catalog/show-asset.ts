import { type AssetId, type ProjectId, parseAssetId } from '../shared/ids.ts'
import { DomainError } from '../shared/problem.ts'
import { shownRenditions } from './adopted-file.ts'
import type { Asset } from './asset.ts'
import type { AssetFilter, CatalogReader, Page } from './ports.ts'
import type { AssetView, AssetViewPage } from './use-cases.ts'

/** Adds renditions and category names to assets with one query each, whatever their number. */
export const viewsOf =
  (reader: CatalogReader) =>
  async (projectId: ProjectId, assets: readonly Asset[]): Promise<readonly AssetView[]> => {
    if (assets.length === 0) return []
    const categoryIds = [...new Set(assets.flatMap(({ categoryId }) => (categoryId === undefined ? [] : [categoryId])))]
    const [renditions, names] = await Promise.all([
      reader.renditions(assets.map(({ id }) => id)),
      categoryIds.length === 0 ? new Map<number, string>() : reader.categoryNames(projectId, categoryIds),
    ])
    return assets.map((asset) => {
      const categoryName = asset.categoryId === undefined ? undefined : names.get(asset.categoryId)
      const shown = shownRenditions(asset, renditions.get(asset.id) ?? [])
      return { asset, renditions: shown, ...(categoryName !== undefined && { categoryName }) }
    })
  }

/** Throws `asset_not_found` for an id that this project never had, `asset_deleted` for a tombstone. */
export const showAsset =
  (reader: CatalogReader) =>
  async (projectId: ProjectId, id: string): Promise<AssetView> => {
    const asset = await existing(reader, projectId, id)
    const [view] = await viewsOf(reader)(projectId, [asset])
    if (!view) throw new Error('a view per asset')
    return view
  }

const existing = async (reader: CatalogReader, projectId: ProjectId, id: string): Promise<Asset> => {
  const assetId = parseAssetId(id)
  const asset = assetId && (await reader.asset(projectId, assetId))
  if (!asset) throw new DomainError({ kind: 'asset_not_found' })
  if (asset.ingest.state === 'deleted') throw new DomainError({ kind: 'asset_deleted' })
  return asset
}

/** One page, newest first unless asked otherwise. */
export const listAssets =
  (reader: CatalogReader) =>
  async (projectId: ProjectId, filter: AssetFilter, page: Page): Promise<AssetViewPage> => {
    const { assets, total, more } = await reader.listAssets(projectId, filter, page)
    return { views: await viewsOf(reader)(projectId, assets), total, more }
  }

/** Ids as far as they can be ids, each once, in the order given. */
export const distinctAssetIds = (ids: readonly string[]): readonly AssetId[] => [
  ...new Set(ids.flatMap((id) => parseAssetId(id) ?? [])),
]

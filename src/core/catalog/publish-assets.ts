import type { ProjectId } from '../shared/ids.ts'
import { type AssetId, parseAssetId } from '../shared/ids.ts'
import { DomainError } from '../shared/problem.ts'
import type { Asset } from './asset.ts'
import type { AssetPatch, CatalogReader, CatalogTx, Transactions } from './ports.ts'
import type { Review } from './review.ts'
import { distinctAssetIds, viewsOf } from './show-asset.ts'
import type { AssetView, BatchEntry } from './use-cases.ts'

interface Deps {
  readonly db: Transactions<CatalogTx>
  readonly reader: CatalogReader
}

/** Most ids in one publish, unpublish or delete call (decisions.md 4.20). */
export const BATCH_LIMIT = 100

/** Throws `asset_not_found` when no id is known, `asset_not_ready` when the only one is not in place yet, `asset_blocked` when a person blocked it. */
export const publishAssets =
  (deps: Deps) =>
  async (projectId: ProjectId, ids: readonly string[]): Promise<readonly BatchEntry[]> => {
    const change: Change = (asset) => {
      if (asset.ingest.state !== 'created') return 'not_ready'
      if (asset.review?.state === 'blocked') return 'blocked'
      return asset.published ? {} : { published: true }
    }
    const entries = await changeEach(deps, projectId, { ids, change })
    const [only] = entries
    if (entries.length === 1 && only?.outcome === 'not_ready') throw new DomainError({ kind: 'asset_not_ready' })
    if (entries.length === 1 && only?.outcome === 'blocked') throw new DomainError({ kind: 'asset_blocked' })
    return entries
  }

/** Succeeds for what is not published, too; it takes back the wish to publish when the transfer, or a review that is not through, has ended. */
export const unpublishAssets =
  (deps: Deps) =>
  (projectId: ProjectId, ids: readonly string[]): Promise<readonly BatchEntry[]> =>
    changeEach(deps, projectId, {
      ids,
      change: (asset) => ({
        ...((asset.published || asset.publishWhenReady) && { published: false, publishWhenReady: false }),
        ...withoutWish(asset.review),
      }),
    })

const withoutWish = (review: Review | undefined): AssetPatch => {
  if (review?.state !== 'wanted' && review?.state !== 'running') return {}
  const { order } = review
  if (!order.settings.publishOnPass) return {}
  return { review: { ...review, order: { ...order, settings: { ...order.settings, publishOnPass: false } } } }
}

type Refused = 'not_ready' | 'blocked'
type Change = (asset: Asset) => AssetPatch | Refused

const changeEach = async (
  { db, reader }: Deps,
  projectId: ProjectId,
  { ids, change }: { readonly ids: readonly string[]; readonly change: Change },
): Promise<readonly BatchEntry[]> => {
  if (ids.length > BATCH_LIMIT) throw new DomainError({ kind: 'too_many_assets', limit: BATCH_LIMIT })
  const known = distinctAssetIds(ids)
  const outcomes = new Map<AssetId, 'done' | Refused>()
  // Sorted: two batches that share assets lock them in the same order, so they cannot wait for each other.
  for (const id of known.toSorted()) {
    const outcome = await db.write(async (tx) => {
      const asset = await tx.lockAsset(id)
      if (asset?.projectId !== projectId || asset.ingest.state === 'deleted') return
      const patch = change(asset)
      if (typeof patch === 'string') return patch
      if (Object.keys(patch).length > 0) await tx.updateAsset(id, patch)
      if (patch.published !== undefined) await tx.record(id, { type: patch.published ? 'published' : 'unpublished' })
      return 'done'
    })
    if (outcome) outcomes.set(id, outcome)
  }
  if (outcomes.size === 0) throw new DomainError({ kind: 'asset_not_found' })
  const views = await loadViews(reader, projectId, [...outcomes.keys()])
  return ids.map((id): BatchEntry => {
    const assetId = parseAssetId(id)
    const outcome = assetId && outcomes.get(assetId)
    const view = assetId && views.get(assetId)
    return outcome && view ? { id, outcome, view } : { id, outcome: 'unknown' }
  })
}

const loadViews = async (
  reader: CatalogReader,
  projectId: ProjectId,
  ids: readonly AssetId[],
): Promise<ReadonlyMap<AssetId, AssetView>> => {
  const { assets } = await reader.listAssets(projectId, { ids }, { page: 0, size: ids.length, order: 'desc' })
  const views = await viewsOf(reader)(projectId, assets)
  return new Map(views.map((view) => [view.asset.id, view]))
}

import { type AssetId, type ProjectId, parseAssetId } from '../shared/ids.ts'
import { DomainError } from '../shared/problem.ts'
import { type Asset, isTranscoding } from './asset.ts'
import type { AssetFact } from './fact.ts'
import type { AssetPatch, CatalogTx, Transactions } from './ports.ts'
import { BATCH_LIMIT } from './publish-assets.ts'
import { isReviewing } from './review.ts'
import { distinctAssetIds } from './show-asset.ts'
import type { DeleteEntry } from './use-cases.ts'

interface Deps {
  readonly db: Transactions<CatalogTx>
}

/**
 * Deletes assets, or only their sources. What is deleted leaves a tombstone, its objects are removed by a task of the same
 * transaction. Repeating a delete reports it deleted again.
 * Throws `asset_not_found` when no id is known, `asset_busy` when the only id is being worked on.
 */
export const deleteAssets =
  ({ db }: Deps) =>
  async (
    projectId: ProjectId,
    ids: readonly string[],
    scope: 'everything' | 'source',
  ): Promise<readonly DeleteEntry[]> => {
    if (ids.length > BATCH_LIMIT) throw new DomainError({ kind: 'too_many_assets', limit: BATCH_LIMIT })
    const outcomes = new Map<AssetId, DeleteEntry['outcome']>()
    for (const id of distinctAssetIds(ids).toSorted()) {
      const outcome = await db.write(async (tx) => {
        const asset = await tx.lockAsset(id)
        if (asset?.projectId !== projectId) return
        return scope === 'source' ? deleteSource(tx, asset) : deleteAsset(tx, asset)
      })
      if (outcome) outcomes.set(id, outcome)
    }
    if (outcomes.size === 0) throw new DomainError({ kind: 'asset_not_found' })
    const entries = ids.map((id): DeleteEntry => {
      const assetId = parseAssetId(id)
      return { id, outcome: (assetId && outcomes.get(assetId)) ?? 'unknown' }
    })
    if (entries.length === 1 && entries[0]?.outcome === 'busy') throw new DomainError({ kind: 'asset_busy' })
    return entries
  }

/** Of an asset that is locked. */
export const deleteAsset = async (
  tx: CatalogTx,
  asset: Asset,
  fact: AssetFact = { type: 'deleted' },
): Promise<DeleteEntry['outcome']> => {
  if (asset.ingest.state === 'deleted') return 'deleted'
  if (isBusy(asset)) return 'busy'
  await tx.updateAsset(asset.id, {
    ...{ ingest: { state: 'deleted' }, published: false, publishWhenReady: false },
    ...withoutKeys(asset),
  })
  await tx.replaceRenditions(asset.id, [])
  if (asset.review) await tx.replaceReviewReport(asset.id, undefined)
  if (asset.output) await tx.replaceAdoptedFiles(asset.id, [])
  await tx.record(asset.id, fact)
  return 'deleted'
}

/** Copies of a deleted film that lie at an edge cannot be decrypted any more. The names of its runs stay: edges are asked to forget them. */
const withoutKeys = ({ encryption, preview, retired = [] }: Asset): AssetPatch => ({
  ...(encryption && { encryption: {} }),
  ...(preview && { preview: { run: preview.run } }),
  retired: retired.map(({ run, untilMs }) => ({ run, untilMs })),
})

/** Of an asset that is locked. `busy`: a state of its own says so; steps are not asked about. */
export const deleteSource = async (
  tx: CatalogTx,
  asset: Asset,
  fact: AssetFact = { type: 'source_removed' },
): Promise<DeleteEntry['outcome']> => {
  if (asset.ingest.state === 'deleted' || asset.sourceRemoved) return 'deleted'
  // It is the tenant's own object.
  if (asset.output) return 'not_ours'
  if (isBusy(asset) || asset.subtitles?.change) return 'busy'
  // Without outputs the asset would be left with nothing at all.
  if ((await tx.renditions(asset.id)).length === 0) return 'no_outputs'
  await tx.updateAsset(asset.id, { sourceRemoved: true })
  await tx.record(asset.id, fact)
  return 'deleted'
}

/** Queued work counts, too: it would run into nothing (decisions.md 2). Cover, storyboard and probe are ended by the deletion itself. */
const isBusy = (asset: Asset): boolean =>
  asset.ingest.state === 'creating' || isTranscoding(asset) || asset.snapshots.state === 'running' || isReviewing(asset)

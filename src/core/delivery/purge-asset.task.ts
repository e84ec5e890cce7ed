import type { Asset } from '../catalog/asset.ts'
import type { CatalogTx } from '../catalog/ports.ts'
import { STEPS, type StepInput } from '../catalog/steps.ts'
import type { TaskDefinition } from '../shared/task.ts'
import { allNames, assetRoot } from './edge-paths.ts'
import type { EdgeCaches } from './edge-ports.ts'
import { type KnownFilesReader, knownFilesOf } from './known-files.ts'
import { purgeFromEdges } from './purge-from-edges.ts'

export interface PurgeAssetDeps {
  readonly caches: Pick<EdgeCaches, 'edges' | 'purge'>
  readonly reader: KnownFilesReader
}

/**
 * Has every edge forget an asset that is not to be seen any more: unpublished, blocked or deleted. Tried again while an edge does not: what
 * was purged before is asked for once more, which costs little.
 */
export const purgeAsset = ({ caches, reader }: PurgeAssetDeps): TaskDefinition<StepInput, CatalogTx> => ({
  kind: 'purge',
  ...STEPS.purge,
  async run({ assetId }, { signal }) {
    const files = caches.edges.length === 0 ? undefined : await knownFilesOf(reader, assetId)
    if (!files || isShown(files.asset)) return async () => undefined
    const outcome = await purgeFromEdges(caches, signal)(assetRoot(assetId), () => allNames(files))
    if (outcome.state === 'failed') throw new Error(outcome.reason)
    return async () => undefined
  },
  failed: () => async () => undefined,
})

/** Published again in the meantime. */
const isShown = ({ published, ingest }: Asset): boolean => published && ingest.state === 'created'

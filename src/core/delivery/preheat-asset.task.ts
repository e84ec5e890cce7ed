import type { CatalogReader, CatalogTx } from '../catalog/ports.ts'
import { STEPS, type StepInput } from '../catalog/steps.ts'
import type { TaskDefinition } from '../shared/task.ts'
import { assetRoot, changingPaths, playPaths } from './edge-paths.ts'
import type { EdgeCaches } from './edge-ports.ts'
import { type PullDeps, pullThroughEdges } from './pull-through-edges.ts'
import { purgeFromEdges } from './purge-from-edges.ts'

export interface PreheatAssetDeps extends PullDeps {
  readonly caches: EdgeCaches
  readonly reader: Pick<CatalogReader, 'asset' | 'renditions'>
  /** For the log of the operator. */
  readonly onNote: (note: string) => void
}

/** What `auto_preheat` of an asset asked for. Nothing waits for it and nothing follows from it: an edge that cannot be reached is a note. */
export const preheatAsset = ({
  reader,
  caches,
  extent,
  onNote,
}: PreheatAssetDeps): TaskDefinition<StepInput, CatalogTx> => ({
  kind: 'preheat',
  ...STEPS.preheat,
  async run({ projectId, assetId }, { signal }) {
    const asset = await reader.asset(projectId, assetId)
    if (!asset?.published) return async () => undefined
    if (caches.edges.length === 0) {
      onNote(`auto_preheat of ${assetId} has no effect: TELECINE_EDGE_URLS names no edge`)
      return async () => undefined
    }
    const renditions = (await reader.renditions([assetId])).get(assetId) ?? []
    const [files, root] = [{ asset, renditions, adopted: [] }, assetRoot(assetId)]
    // An index from before would be a hit, and lead to what was played before.
    const purged = await purgeFromEdges(caches, signal)(root, () => changingPaths(files))
    const pull = pullThroughEdges({ caches, extent }, signal)
    const outcomes = [purged, ...(await Promise.all(playPaths(files).map((path) => pull(root, path))))]
    const reasons = outcomes.flatMap((one) => (one.state === 'failed' ? [one.reason] : []))
    for (const reason of new Set(reasons)) onNote(`auto_preheat of ${assetId}: ${reason}`)
    return async () => undefined
  },
  failed: () => async () => undefined,
})

import { type Asset, isTranscoding } from '../catalog/asset.ts'
import { deleteSource } from '../catalog/delete-assets.ts'
import type { CatalogTx, Transactions } from '../catalog/ports.ts'
import { STEPS, type StepInput } from '../catalog/steps.ts'
import type { AssetId } from '../shared/ids.ts'
import type { TaskDefinition } from '../shared/task.ts'

export interface ReleaseDeps {
  readonly db: Transactions<CatalogTx>
}

/**
 * Deletes our copy of a source whose transcode has succeeded, as soon as nothing else of the asset needs it; until then its tries end
 * with what it waits for. Whoever asks for more meanwhile holds the asset's row, too: they come first, or find the source deleted.
 */
export const releaseSource = ({ db }: ReleaseDeps): TaskDefinition<StepInput, CatalogTx> => ({
  kind: 'release',
  ...STEPS.release,
  async run({ assetId }) {
    const waitsFor = await db.write((tx) => release(tx, assetId))
    if (waitsFor.length > 0) throw new Error(`the source is still needed: ${waitsFor.join(', ')}`)
    return async () => {}
  },
  failed: () => async () => {},
})

/** All other kinds of work, also those that come with later versions, are taken to need the source. */
const NEEDS_NO_SOURCE: ReadonlySet<string> = new Set(['release', 'sweep', 'index', 'rewrite', 'preheat', 'purge'])

/** What still needs the source; none: it is deleted, or stays for good. */
const release = async (tx: CatalogTx, id: AssetId): Promise<readonly string[]> => {
  const asset = await tx.lockAsset(id)
  if (!asset || !isWanted(asset)) return []
  const work = (await tx.openWork(id)).filter((kind) => !NEEDS_NO_SOURCE.has(kind))
  const extractions = (await tx.lockPendingExtractions(id)).map(() => 'extract')
  if (work.length + extractions.length > 0) return [...new Set([...work, ...extractions])]
  return (await deleteSource(tx, asset, { type: 'source_removed', released: true })) === 'busy'
    ? ['changes that are asked for']
    : []
}

/** With a transcode that failed, or whose outputs were deleted, it is needed for the next one. */
const isWanted = (asset: Asset): boolean =>
  asset.releasesSource === true && (asset.transcode.state === 'succeeded' || isTranscoding(asset))

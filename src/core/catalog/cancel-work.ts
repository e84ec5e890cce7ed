import type { ProjectId } from '../shared/ids.ts'
import { type Asset, isTranscoding } from './asset.ts'
import { unchanged } from './encryption.ts'
import type { EndedWork } from './fact.ts'
import { failedTranscode, orderedGroup } from './failed-transcode.ts'
import { lockExisting } from './lock-existing.ts'
import type { AssetPatch, CatalogReader, CatalogTx, Transactions } from './ports.ts'
import { showAsset } from './show-asset.ts'
import { unchangedSubtitles } from './subtitles.ts'
import type { AssetView } from './use-cases.ts'

interface Deps {
  readonly db: Transactions<CatalogTx>
  readonly reader: CatalogReader
}

/** For people: why something has the state that it has. */
export const CANCELLED = 'Cancelled on request'

/** Ends all waiting and running work of an asset; succeeds when there is none. Throws `asset_not_found`, `asset_deleted`. */
export const cancelWork =
  ({ db, reader }: Deps) =>
  async (projectId: ProjectId, id: string): Promise<AssetView> => {
    await db.write(async (tx) => {
      const asset = await lockExisting(tx, projectId, id)
      const patch = afterCancel(asset)
      if (Object.keys(patch).length > 0) await tx.updateAsset(asset.id, patch)
      await tx.record(asset.id, { type: 'work_cancelled', ended: endedBy(asset), ...orderedGroup(asset) })
    })
    return showAsset(reader)(projectId, id)
  }

/** A cancelled probe fails the transcode that waits for it, and nothing where none was asked for. */
const afterCancel = (asset: Asset): AssetPatch => ({
  ...(asset.ingest.state === 'creating' && { ingest: { state: 'failed', reason: CANCELLED } }),
  ...(isTranscoding(asset) && failedTranscode(asset, CANCELLED)),
  ...(asset.snapshots.state === 'running' && {
    snapshots: { ...asset.snapshots, state: 'failed', reason: CANCELLED },
  }),
  ...(asset.review?.state === 'running' && { review: { ...asset.review, state: 'failed', reason: CANCELLED } }),
  ...(asset.encryption?.change && { encryption: unchanged(asset.encryption) }),
  ...(asset.workflow && !asset.media && { workflow: { ...asset.workflow, cancelled: true } }),
  ...(asset.subtitles?.change && { subtitles: unchangedSubtitles(asset.subtitles, `Subtitles: ${CANCELLED}`) }),
})

/** A file that is taken out of a film has a transcode's state, too, but is one piece of work. */
const endedBy = (asset: Asset): readonly EndedWork[] => [
  ...(asset.ingest.state === 'creating' ? ['ingest' as const] : []),
  ...(isTranscoding(asset) && !asset.extraction ? ['transcode' as const] : []),
  ...(asset.snapshots.state === 'running' ? ['snapshots' as const] : []),
  ...(asset.review?.state === 'running' ? ['review' as const] : []),
  ...(asset.encryption?.change ? ['encryption' as const] : []),
]

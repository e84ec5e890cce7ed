import { CANCELLED } from '../catalog/cancel-work.ts'
import { lockExisting } from '../catalog/lock-existing.ts'
import type { CatalogTx, Transactions } from '../catalog/ports.ts'
import type { ProjectId } from '../shared/ids.ts'
import { DomainError } from '../shared/problem.ts'

/**
 * Takes back extractions that still wait: of a video asset all of them, of an audio asset its own. Throws `asset_not_found`,
 * `asset_deleted`, `asset_busy` when none waits (also while one runs).
 */
export const cancelExtraction =
  ({ db }: { readonly db: Transactions<CatalogTx> }) =>
  (projectId: ProjectId, id: string): Promise<void> =>
    db.write(async (tx) => {
      const asset = await lockExisting(tx, projectId, id)
      const pending = asset.extraction ? [asset] : await tx.lockPendingExtractions(asset.id)
      const waiting = pending.filter(({ transcode }) => transcode.state === 'waiting')
      if (waiting.length === 0) throw new DomainError({ kind: 'asset_busy' })
      for (const { id: audioId } of waiting) {
        const ingest = { state: 'failed', reason: CANCELLED } as const
        await tx.updateAsset(audioId, { ingest, transcode: { state: 'none', note: CANCELLED } })
        await tx.record(audioId, { type: 'work_cancelled', ended: ['ingest'] })
      }
    })

import type { Asset, Transcode } from '../catalog/asset.ts'
import { CANCELLED } from '../catalog/cancel-work.ts'
import { lockExisting } from '../catalog/lock-existing.ts'
import type { CatalogTx, Transactions } from '../catalog/ports.ts'
import { withoutPreview } from '../catalog/preview.ts'
import type { ProjectId } from '../shared/ids.ts'
import { DomainError } from '../shared/problem.ts'

/**
 * Takes back a transcode that still waits: the asset is as if it had not been asked for, with a note. Throws `asset_not_found`,
 * `asset_deleted`, `asset_busy` when none waits (also while one runs).
 */
export const cancelTranscode =
  ({ db }: { readonly db: Transactions<CatalogTx> }) =>
  (projectId: ProjectId, id: string): Promise<void> =>
    db.write(async (tx) => {
      const asset = await lockExisting(tx, projectId, id)
      if (asset.transcode.state !== 'waiting' || asset.extraction) throw new DomainError({ kind: 'asset_busy' })
      await tx.updateAsset(asset.id, { ...withoutPreview(asset), transcode: before(asset), nextTranscode: null })
      await tx.record(asset.id, { type: 'transcode_cancelled' })
    })

const LATER_CANCELLED = 'A later transcode was cancelled'

const before = ({ nextTranscode }: Asset): Transcode => {
  const state = nextTranscode?.before
  if (!state || state.state === 'none') return { state: 'none', note: CANCELLED }
  if (state.state !== 'succeeded') return state
  const { note = LATER_CANCELLED } = state
  return { state: 'succeeded', note: note.endsWith(LATER_CANCELLED) ? note : `${note}. ${LATER_CANCELLED}` }
}

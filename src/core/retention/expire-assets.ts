import { deleteAsset } from '../catalog/delete-assets.ts'
import type { CatalogTx, Transactions } from '../catalog/ports.ts'
import type { Now } from '../shared/clock.ts'
import type { AssetId } from '../shared/ids.ts'
import type { DueAsset, ExpiryReader } from './ports.ts'

export interface ExpireDeps {
  readonly db: Transactions<CatalogTx>
  readonly expiry: ExpiryReader
  readonly now: Now
}

const AT_ONCE = 100

/**
 * Deletes all assets whose time has come, as a call would; those that are being worked on are left for a later look. Any number of
 * processes may do so at once: each asset is looked at again under its lock, and a deletion happens once. Answers how many were deleted.
 */
export const expireAssets =
  ({ db, expiry, now }: ExpireDeps) =>
  async (signal: AbortSignal): Promise<number> => {
    const until = now()
    let deleted = 0
    let last: DueAsset | undefined
    do {
      const due = await expiry.due(until, { limit: AT_ONCE, ...(last && { after: last }) })
      for (const { id } of due) {
        if (signal.aborted) return deleted
        if (await db.write((tx) => expire(tx, id, until))) deleted++
      }
      last = due.at(-1)
    } while (last && !signal.aborted)
    return deleted
  }

const expire = async (tx: CatalogTx, id: AssetId, until: Date): Promise<boolean> => {
  const asset = await tx.lockAsset(id)
  // Deleted by somebody else meanwhile, or given more time.
  if (!asset?.expiresAt || asset.expiresAt > until || asset.ingest.state === 'deleted') return false
  return (await deleteAsset(tx, asset, { type: 'deleted', expired: true })) === 'deleted'
}

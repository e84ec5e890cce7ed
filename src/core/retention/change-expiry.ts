import { lockExisting } from '../catalog/lock-existing.ts'
import type { CatalogTx, Transactions } from '../catalog/ports.ts'
import type { Now } from '../shared/clock.ts'
import type { ProjectId } from '../shared/ids.ts'
import { invalidField } from '../shared/problem.ts'

export interface ExpiryDeps {
  readonly db: Transactions<CatalogTx>
  readonly now: Now
}

/** When the asset is to go; `undefined`: never by itself. Throws `asset_not_found`, `asset_deleted`, and `invalid_field` for what is past. */
export const changeExpiry =
  ({ db, now }: ExpiryDeps) =>
  async (projectId: ProjectId, id: string, expiresAt: Date | undefined): Promise<void> => {
    if (expiresAt && expiresAt <= now()) throw invalidField('expires_at', 'must lie in the future')
    await db.write(async (tx) => {
      const asset = await lockExisting(tx, projectId, id)
      await tx.updateAsset(asset.id, { expiresAt: expiresAt ?? null })
    })
  }

import type { ProjectId } from '../shared/ids.ts'
import { DomainError, invalidField } from '../shared/problem.ts'
import { madeRenditions } from './adopted-file.ts'
import { isTranscoding } from './asset.ts'
import { type ContentKeys, isEncrypted, unchanged } from './encryption.ts'
import { type KeySettingsStore, requireKeyAddress } from './key-settings.ts'
import { lockExisting } from './lock-existing.ts'
import type { CatalogTx, Transactions } from './ports.ts'

interface Deps {
  readonly db: Transactions<CatalogTx>
  readonly keys: Pick<ContentKeys, 'make'>
  readonly keySettings: Pick<KeySettingsStore, 'keySettings'>
}

export interface WantedEncryption {
  readonly enabled: boolean
  /** A new key also where there is one. */
  readonly rotate: boolean
}

/**
 * Switches the encryption of an asset's HLS outputs on or off, or gives them a new key, without encoding anything: a task writes
 * the stored segments again. What is so already stays as it is; a key that protects nothing is dropped at once. Throws `asset_not_found`,
 * `asset_deleted`, `asset_busy` (a transcode or another change is under way), `conflict` (no HLS outputs), `key_url_missing`,
 * `invalid_field`.
 */
export const changeEncryption =
  ({ db, keys, keySettings }: Deps) =>
  async (projectId: ProjectId, id: string, wanted: WantedEncryption): Promise<void> => {
    if (wanted.rotate && !wanted.enabled) throw invalidField('rotate', 'needs enabled true')
    if (wanted.enabled) await requireKeyAddress(keySettings, projectId)
    await db.write(async (tx) => {
      const asset = await lockExisting(tx, projectId, id)
      if (isTranscoding(asset) || asset.ingest.state === 'creating' || asset.encryption?.change) {
        throw new DomainError({ kind: 'asset_busy' })
      }
      if (wanted.enabled === isEncrypted(asset) && !wanted.rotate) return
      // A stream that was taken as it lies is the tenant's own.
      const hasHls = madeRenditions(asset, await tx.renditions(asset.id)).some(({ format }) => format === 'HLS')
      if (!hasHls && wanted.enabled) throw new DomainError({ kind: 'conflict', what: 'the asset has no HLS outputs' })
      if (!hasHls) return tx.updateAsset(asset.id, { encryption: {} })
      const change = wanted.enabled ? { key: keys.make(asset.id) } : {}
      await tx.updateAsset(asset.id, { encryption: { ...(asset.encryption && unchanged(asset.encryption)), change } })
      await tx.record(asset.id, { type: 'encryption_requested' })
    })
  }

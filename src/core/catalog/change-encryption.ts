import { type AssetId, type ProjectId, parseAssetId } from '../shared/ids.ts'
import { DomainError, invalidField } from '../shared/problem.ts'
import type { Asset } from './asset.ts'
import { type AssetEncryption, type ContentKeys, isEncrypted, unchanged } from './encryption.ts'
import { type KeySettingsStore, requireKeyAddress } from './key-settings.ts'
import type { CatalogTx, Transactions } from './ports.ts'
import { requireEncryptable } from './require-encryptable.ts'

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
 * the stored segments again. What is so already stays as it is. Throws `asset_not_found`, `asset_deleted`, `asset_busy` (a
 * transcode or another change is under way), `conflict` (no HLS outputs), `key_url_missing`, `invalid_field`.
 */
export const changeEncryption =
  ({ db, keys, keySettings }: Deps) =>
  async (projectId: ProjectId, id: string, wanted: WantedEncryption): Promise<void> => {
    if (wanted.rotate && !wanted.enabled) throw invalidField('rotate', 'needs enabled true')
    const assetId = parseAssetId(id)
    if (!assetId) throw new DomainError({ kind: 'asset_not_found' })
    if (wanted.enabled) await requireKeyAddress(keySettings, projectId)
    await db.write(async (tx) => {
      const asset = await tx.lockAsset(assetId)
      if (asset?.projectId !== projectId) throw new DomainError({ kind: 'asset_not_found' })
      const encryption = begin(asset, wanted, keys)
      if (!encryption) return
      await tx.updateAsset(assetId, { encryption })
      await tx.record(assetId, { type: 'encryption_requested' })
    })
  }

/** `undefined`: there is nothing to do. */
const begin = (
  asset: Asset,
  { enabled, rotate }: WantedEncryption,
  keys: { make(assetId: AssetId): string },
): AssetEncryption | undefined => {
  const { ingest, transcode, encryption } = asset
  if (ingest.state === 'deleted') throw new DomainError({ kind: 'asset_deleted' })
  const isWorkedOn = transcode.state === 'waiting' || transcode.state === 'running' || ingest.state === 'creating'
  if (isWorkedOn || encryption?.change) throw new DomainError({ kind: 'asset_busy' })
  if (enabled === isEncrypted(asset) && !rotate) return
  const noHls = new DomainError({ kind: 'conflict', what: 'the asset has no HLS outputs' })
  if (transcode.state !== 'succeeded') throw noHls
  if (enabled && asset.transcodeSettings) requireEncryptable(asset.transcodeSettings.outputs, noHls)
  return { ...(encryption && unchanged(encryption)), change: enabled ? { key: keys.make(asset.id) } : {} }
}

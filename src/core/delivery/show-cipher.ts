import type { ContentKeys } from '../catalog/encryption.ts'
import type { CatalogReader } from '../catalog/ports.ts'
import { showAsset } from '../catalog/show-asset.ts'
import type { ProjectId } from '../shared/ids.ts'
import { DomainError } from '../shared/problem.ts'
import type { AssetCipher } from './encryption-use-cases.ts'

interface Deps {
  readonly reader: CatalogReader
  readonly keys: Pick<ContentKeys, 'open'>
}

/** Throws `asset_not_found`, `asset_deleted`, `asset_not_encrypted`. */
export const showCipher =
  ({ reader, keys }: Deps) =>
  async (projectId: ProjectId, id: string): Promise<AssetCipher> => {
    const { asset } = await showAsset(reader)(projectId, id)
    const sealedKey = asset.encryption?.key
    if (sealedKey === undefined) throw new DomainError({ kind: 'asset_not_encrypted' })
    return { assetId: asset.id, sealedKey, key: keys.open(sealedKey, asset.id) }
  }

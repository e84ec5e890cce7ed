import type { Sealer } from '../auth/sealer.ts'
import { isEncrypted } from '../catalog/encryption.ts'
import type { KeySettingsStore } from '../catalog/key-settings.ts'
import type { CatalogReader } from '../catalog/ports.ts'
import { showAsset } from '../catalog/show-asset.ts'
import type { Now } from '../shared/clock.ts'
import type { ProjectId } from '../shared/ids.ts'
import { DomainError } from '../shared/problem.ts'
import { sealPlayToken } from './play-token.ts'

interface Deps {
  readonly reader: CatalogReader
  readonly keySettings: Pick<KeySettingsStore, 'keySettings'>
  readonly sealer: Sealer
  readonly now: Now
}

export interface TokenRequest {
  readonly viewer: string
  readonly address?: string
  readonly lifetimeSeconds: number
}

export interface IssuedToken {
  readonly token: string
  readonly expiresAt: Date
}

/** Throws `asset_not_found`, `asset_deleted`, `asset_not_encrypted`, and `conflict` where our key service is off. */
export const issuePlayToken =
  ({ reader, keySettings, sealer, now }: Deps) =>
  async (projectId: ProjectId, id: string, { lifetimeSeconds, ...viewer }: TokenRequest): Promise<IssuedToken> => {
    const { asset } = await showAsset(reader)(projectId, id)
    if (!isEncrypted(asset)) throw new DomainError({ kind: 'asset_not_encrypted' })
    const { keyService } = await keySettings.keySettings(projectId)
    if (!keyService) throw new DomainError({ kind: 'conflict', what: 'the key service of this project is off' })
    const expiresAt = new Date(now().getTime() + lifetimeSeconds * 1000)
    return { token: sealPlayToken(sealer, { ...viewer, assetId: asset.id, expiresAt }), expiresAt }
  }

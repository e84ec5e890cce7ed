import type { WantedEncryption } from '../catalog/change-encryption.ts'
import type { SealedKey } from '../catalog/encryption.ts'
import type { KeySettings } from '../catalog/key-settings.ts'
import type { AssetId, ProjectId } from '../shared/ids.ts'
import type { IssuedToken, TokenRequest } from './issue-play-token.ts'

/** The key of an encrypted asset, for whoever owns it. */
export interface AssetCipher {
  readonly assetId: AssetId
  readonly sealedKey: SealedKey
  /** 16 bytes. */
  readonly key: Uint8Array
}

/** What other layers may ask about encrypted streams. Throws `DomainError` as each use case says in its own file. */
export interface EncryptionUseCases {
  showCipher(projectId: ProjectId, id: string): Promise<AssetCipher>
  changeEncryption(projectId: ProjectId, id: string, wanted: WantedEncryption): Promise<void>
  issuePlayToken(projectId: ProjectId, id: string, request: TokenRequest): Promise<IssuedToken>
  keySettings(projectId: ProjectId): Promise<KeySettings>
  /** Playlists that are there already keep what they say. */
  setKeySettings(projectId: ProjectId, settings: KeySettings): Promise<void>
}

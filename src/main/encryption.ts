import { randomBytes } from 'node:crypto'
import { keySettingsStore } from '../adapters/postgres/key-settings.ts'
import { createContentKeys } from '../core/auth/content-keys.ts'
import { createSealer } from '../core/auth/sealer.ts'
import { changeEncryption } from '../core/catalog/change-encryption.ts'
import type { ContentKeys } from '../core/catalog/encryption.ts'
import type { KeySettingsStore } from '../core/catalog/key-settings.ts'
import type { EncryptionUseCases } from '../core/delivery/encryption-use-cases.ts'
import { type FindKey, findKey } from '../core/delivery/find-key.ts'
import { issuePlayToken } from '../core/delivery/issue-play-token.ts'
import { showCipher } from '../core/delivery/show-cipher.ts'
import type { Foundation } from './foundation.ts'

/** What encrypts and what serves keys have in common. */
export interface KeyRing {
  readonly keys: ContentKeys
  readonly keySettings: KeySettingsStore
}

const random = (size: number): Uint8Array => randomBytes(size)

export const openKeyRing = ({ masterKey, db }: Pick<Foundation, 'masterKey' | 'db'>): KeyRing => ({
  keys: createContentKeys(masterKey, random),
  keySettings: keySettingsStore(db),
})

const now = (): Date => new Date()

/** The API's side of encryption, and the key service for viewers. */
export const createEncryption = (
  { masterKey, reader, transactions }: Foundation,
  { keys, keySettings }: KeyRing,
): { readonly useCases: EncryptionUseCases; readonly findKey: FindKey } => {
  const sealer = createSealer(masterKey, 'play-token', random)
  const deps = { db: transactions, reader, keys, keySettings, sealer, now }
  return {
    useCases: {
      showCipher: showCipher(deps),
      changeEncryption: changeEncryption(deps),
      issuePlayToken: issuePlayToken(deps),
      ...keySettings,
    },
    findKey: findKey(deps),
  }
}

import type { AssetId } from '../shared/ids.ts'
import { createSealer, type RandomBytes } from './sealer.ts'

const KEY_BYTES = 16

/** The port `ContentKeys`: AES-128 keys, each sealed for its asset under the master key. Throws when that has not 32 bytes. */
export const createContentKeys = (masterKey: Uint8Array, random: RandomBytes) => {
  const sealer = createSealer(masterKey, 'content-key', random)
  return {
    make: (assetId: AssetId): string => Buffer.from(sealer.seal(random(KEY_BYTES), assetId)).toString('hex'),
    open(sealed: string, assetId: AssetId): Uint8Array {
      const key = sealer.open(Buffer.from(sealed, 'hex'), assetId)
      // Never with the bytes: errors are logged.
      if (key?.length !== KEY_BYTES)
        throw new Error(`the content key of asset ${assetId} does not open: another master key?`)
      return key
    },
  }
}

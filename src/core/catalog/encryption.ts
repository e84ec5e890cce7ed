import type { AssetId } from '../shared/ids.ts'
import type { Asset } from './asset.ts'

/** A content key as it is stored: sealed under the master key for one asset, lower-case hex. */
export type SealedKey = string

/** How an asset's HLS outputs are protected. */
export interface AssetEncryption {
  /** Of the run that is served, or will be once it is transcoded. Absent: it is clear. */
  readonly key?: SealedKey
  /** Asked for and not finished. */
  readonly change?: EncryptionChange
  /** Why the last change did not come about, for people. */
  readonly failure?: string
}

/** The segments are being written again under this key; absent: clear. */
export interface EncryptionChange {
  readonly key?: SealedKey
}

/** Makes and opens content keys; the master key stays behind this port. */
export interface ContentKeys {
  /** A fresh AES-128 key for the asset. */
  make(assetId: AssetId): SealedKey
  /** The 16 bytes. Throws for what was sealed for another asset, or under another master key. */
  open(sealed: SealedKey, assetId: AssetId): Uint8Array
}

export const isEncrypted = ({ encryption }: Asset): boolean => encryption?.key !== undefined

/** The encryption that is there, without the change that was asked for. */
export const unchanged = ({ key }: AssetEncryption): AssetEncryption => (key === undefined ? {} : { key })

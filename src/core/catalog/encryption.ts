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
  readonly retired?: RetiredRun
}

export type EncryptionChange =
  /** The segments are being written again under this key; absent: clear. */
  | { readonly state: 'rewriting'; readonly key?: SealedKey }
  /** They are recorded; the master playlist still names the run before. */
  | { readonly state: 'relinking' }

/** The run before the last change of key: players that hold its playlists go on with it. */
export interface RetiredRun {
  readonly run: string
  readonly key?: SealedKey
  /** Milliseconds since 1970; absent while the master playlist still names it. */
  readonly servedUntilMs?: number
}

/** Longer than a film with its pauses: so long may a player hold a playlist. */
export const RETIRED_SECONDS = 6 * 3600

/** Makes and opens content keys; the master key stays behind this port. */
export interface ContentKeys {
  /** A fresh AES-128 key for the asset. */
  make(assetId: AssetId): SealedKey
  /** The 16 bytes. Throws for what was sealed for another asset, or under another master key. */
  open(sealed: SealedKey, assetId: AssetId): Uint8Array
}

export const isEncrypted = ({ encryption }: Asset): boolean => encryption?.key !== undefined

/** For players that hold its playlists it is kept and served; ask of an asset that has forgotten what expired. */
export const retiredRuns = ({ encryption }: Asset): readonly RetiredRun[] =>
  encryption?.retired ? [encryption.retired] : []

/** The asset as it is at that time: a retired run whose time is over is nobody's any more. */
export const forgetExpired = (asset: Asset, now: Date): Asset => {
  const until = asset.encryption?.retired?.servedUntilMs
  if (until === undefined || until > now.getTime()) return asset
  const { retired: _, ...encryption } = asset.encryption ?? {}
  return { ...asset, encryption }
}

import type { Sealer } from '../auth/sealer.ts'
import type { ContentKeys, SealedKey } from '../catalog/encryption.ts'
import type { KeySettingsStore } from '../catalog/key-settings.ts'
import type { CatalogReader } from '../catalog/ports.ts'
import { openPreview } from '../catalog/preview.ts'
import type { Now } from '../shared/clock.ts'
import { parseAssetId } from '../shared/ids.ts'
import { openPlayToken, refuseToken } from './play-token.ts'
import { isShown, sourceRun } from './source-film.ts'

export interface KeyDeps {
  readonly reader: Pick<CatalogReader, 'assetById' | 'renditions'>
  readonly keySettings: Pick<KeySettingsStore, 'keySettings'>
  readonly keys: Pick<ContentKeys, 'open'>
  readonly sealer: Sealer
  readonly now: Now
}

export interface KeyRequest {
  /** As they stand in the address. */
  readonly id: string
  readonly run: string
  readonly token: string
  /** Whether the request comes from there. */
  readonly isFrom: (address: string) => boolean
}

export type KeyAnswer =
  /** The 16 bytes. */
  | { readonly kind: 'found'; readonly key: Uint8Array; readonly viewer: string }
  /** Nothing is told: unknown, not published, not encrypted, or our key service is off. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'refused'; readonly reason: string }

export type FindKey = (request: KeyRequest) => Promise<KeyAnswer>

const ABSENT: KeyAnswer = { kind: 'absent' }

/** The built-in key service: the key of one run of a published asset, for whoever has a valid token for it. */
export const findKey =
  ({ reader, keySettings, keys, sealer, now }: KeyDeps): FindKey =>
  async ({ id, run, token: text, isFrom }) => {
    const assetId = parseAssetId(id)
    const asset = assetId && (await reader.assetById(assetId))
    if (!asset || !isShown(asset) || !asset.encryption) return ABSENT
    const { keyService } = await keySettings.keySettings(asset.projectId)
    if (!keyService) return ABSENT
    const token = openPlayToken(sealer, text)
    const refusal = refuseToken(token, { assetId: asset.id, now: now(), isFrom })
    if (!token || refusal !== undefined) return { kind: 'refused', reason: refusal ?? '' }
    const renditions = (await reader.renditions([asset.id])).get(asset.id) ?? []
    const runs = [...renditions.map((rendition) => rendition.run), sourceRun(asset)]
    const preview = openPreview(asset)
    const served = [...runs, ...(preview ? [preview.run] : [])].map(
      (each): { run: string | undefined; key?: SealedKey } => ({
        run: each,
        ...(asset.encryption?.key !== undefined && { key: asset.encryption.key }),
      }),
    )
    const retired = (asset.retired ?? []).filter(({ untilMs }) => untilMs > now().getTime())
    const key = [...served, ...retired].find((one) => one.run === run)?.key
    return key === undefined ? ABSENT : { kind: 'found', key: keys.open(key, asset.id), viewer: token.viewer }
  }

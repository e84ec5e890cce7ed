import { type Asset, isTranscoding } from '../catalog/asset.ts'
import { type ContentKeys, isEncrypted } from '../catalog/encryption.ts'
import { type KeySettingsStore, requireKeyAddress } from '../catalog/key-settings.ts'
import { lockExisting } from '../catalog/lock-existing.ts'
import type { CatalogTx, Transactions } from '../catalog/ports.ts'
import { requireEncryptable } from '../catalog/require-encryptable.ts'
import { isAudioType, isPlaylistType } from '../catalog/video-type.ts'
import type { ProjectId } from '../shared/ids.ts'
import { DomainError, invalidField } from '../shared/problem.ts'
import type { ChooseTemplate } from '../templates/use-cases.ts'

export interface OrderDeps {
  readonly db: Transactions<CatalogTx>
  readonly chooseTemplate: ChooseTemplate
  readonly keys: Pick<ContentKeys, 'make'>
  readonly keySettings: Pick<KeySettingsStore, 'keySettings'>
}

export interface TranscodeOrder {
  readonly groupName: string
  /** Also where the group does not ask for it. What is encrypted stays so in any case. */
  readonly encrypt: boolean
}

/**
 * Has an asset transcoded with a named group, for the first time or again; what an earlier transcode made is served until then.
 * Throws `asset_not_found`, `asset_deleted`, `asset_not_ready` (source not in place or not probed yet), `media_unsupported`,
 * `asset_busy`, `key_url_missing`, and as `chooseTemplate`.
 */
export const orderTranscode =
  ({ db, chooseTemplate, keys, keySettings }: OrderDeps) =>
  async (projectId: ProjectId, id: string, { groupName, encrypt }: TranscodeOrder): Promise<void> => {
    const isSealed = await db.write(async (tx) => {
      const asset = await lockExisting(tx, projectId, id)
      requireReady(asset)
      return isEncrypted(asset)
    })
    const { id: templateGroupId, name: templateGroup, settings } = await chooseTemplate(projectId, groupName)
    if (templateGroupId === undefined || templateGroup === undefined || !settings) {
      throw invalidField('template_group_name', `names a group that transcodes nothing: ${groupName}`)
    }
    const isProtected = encrypt || settings.encrypt === true
    if (isProtected || isSealed) await requireKeyAddress(keySettings, projectId)
    const noHls = isProtected
      ? invalidField('auto_encrypt', 'needs a template group that makes HLS')
      : invalidField('template_group_name', 'names a group that makes no HLS, and the asset is encrypted')
    await db.write(async (tx) => {
      const asset = await lockExisting(tx, projectId, id)
      requireReady(asset)
      if (isProtected || isEncrypted(asset)) requireEncryptable(settings.outputs, noHls)
      const key = isProtected && !isEncrypted(asset) ? { key: keys.make(asset.id) } : {}
      await tx.updateAsset(asset.id, {
        transcode: { state: 'waiting' },
        nextTranscode: { templateGroup, templateGroupId, settings, before: asset.transcode, ...key },
      })
      await tx.record(asset.id, { type: 'transcode_ordered' })
    })
  }

const requireReady = (asset: Asset): void => {
  if (isAudioType(asset.videoType)) {
    throw new DomainError({ kind: 'media_unsupported', reason: 'Audio assets are not transcoded' })
  }
  if (isPlaylistType(asset.videoType)) {
    throw new DomainError({ kind: 'media_unsupported', reason: 'A stream that was taken as it lies is not transcoded' })
  }
  if (asset.ingest.state !== 'created' || !asset.media) throw new DomainError({ kind: 'asset_not_ready' })
  // Of a source that was deleted nothing can be made any more.
  if (isTranscoding(asset) || asset.encryption?.change || asset.sourceRemoved)
    throw new DomainError({ kind: 'asset_busy' })
}

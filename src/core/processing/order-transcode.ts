import { type Asset, isTranscoding } from '../catalog/asset.ts'
import { type ContentKeys, isEncrypted } from '../catalog/encryption.ts'
import { type KeySettingsStore, requireKeyAddress } from '../catalog/key-settings.ts'
import { lockExisting } from '../catalog/lock-existing.ts'
import type { CatalogTx, Transactions } from '../catalog/ports.ts'
import { requireEncryptable } from '../catalog/require-encryptable.ts'
import { untranscodable } from '../catalog/transcodable.ts'
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
    await db.write(async (tx) => requireReady(await lockExisting(tx, projectId, id)))
    const { id: templateGroupId, name: templateGroup, settings } = await chooseTemplate(projectId, groupName)
    if (templateGroupId === undefined || templateGroup === undefined || !settings) {
      throw invalidField('template_group_name', `names a group that transcodes nothing: ${groupName}`)
    }
    const isProtected = encrypt || settings.encrypt === true
    if (isProtected) await requireKeyAddress(keySettings, projectId)
    const noHls = invalidField('auto_encrypt', 'needs a template group that makes HLS')
    await db.write(async (tx) => {
      const asset = await lockExisting(tx, projectId, id)
      requireReady(asset)
      const reason = untranscodable(asset.videoType, settings)
      if (reason !== undefined) throw new DomainError({ kind: 'media_unsupported', reason })
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
  if (asset.ingest.state !== 'created' || !asset.media) throw new DomainError({ kind: 'asset_not_ready' })
  // Of a source that was deleted nothing can be made any more.
  if (isTranscoding(asset) || asset.encryption?.change || asset.sourceRemoved)
    throw new DomainError({ kind: 'asset_busy' })
}

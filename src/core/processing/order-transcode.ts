import { type Asset, isTranscoding } from '../catalog/asset.ts'
import { type ContentKeys, isEncrypted } from '../catalog/encryption.ts'
import { type KeySettingsStore, requireKeyAddress } from '../catalog/key-settings.ts'
import type { CatalogTx } from '../catalog/ports.ts'
import { requireEncryptable } from '../catalog/require-encryptable.ts'
import { outputsOf, untranscodable } from '../catalog/transcodable.ts'
import type { TranscodeSettings } from '../catalog/transcode-settings.ts'
import { isAudioType } from '../catalog/video-type.ts'
import type { ProjectId } from '../shared/ids.ts'
import { DomainError, invalidField } from '../shared/problem.ts'
import type { ChooseTemplate } from '../templates/use-cases.ts'

export interface TranscodeOrderDeps {
  readonly chooseTemplate: ChooseTemplate
  readonly keys: Pick<ContentKeys, 'make'>
  readonly keySettings: Pick<KeySettingsStore, 'keySettings'>
}

export interface TranscodeOrder {
  readonly groupName: string
  /** Also where the group does not ask for it. What is encrypted stays so in any case. */
  readonly encrypt: boolean
}

/** An order with what its group said then. */
export interface ChosenTranscode {
  readonly templateGroup: string
  readonly templateGroupId: string
  readonly settings: TranscodeSettings
  readonly isProtected: boolean
}

/** `isSealed`: the asset is encrypted already. Throws `invalid_field` for a group that transcodes nothing, `key_url_missing`, and as `chooseTemplate`. */
export const chooseTranscode = async (
  { chooseTemplate, keySettings }: TranscodeOrderDeps,
  projectId: ProjectId,
  { groupName, encrypt, isSealed }: TranscodeOrder & { readonly isSealed: boolean },
): Promise<ChosenTranscode> => {
  const { id: templateGroupId, name: templateGroup, settings } = await chooseTemplate(projectId, groupName)
  if (templateGroupId === undefined || templateGroup === undefined || !settings) {
    throw invalidField('template_group_name', `names a group that transcodes nothing: ${groupName}`)
  }
  const isProtected = encrypt || settings.encrypt === true
  if (isProtected || isSealed) await requireKeyAddress(keySettings, projectId)
  return { templateGroup, templateGroupId, settings, isProtected }
}

/**
 * Has an asset that is locked, and was looked at by `requireTranscodable`, transcoded for the first time or again; what an earlier
 * transcode made is served until then. Throws `media_unsupported`, `invalid_field` when it is to be encrypted and cannot be, and `storage_full`.
 */
export const orderTranscode = async (
  tx: CatalogTx,
  asset: Asset,
  { keys, isProtected, ...chosen }: ChosenTranscode & Pick<TranscodeOrderDeps, 'keys'>,
): Promise<void> => {
  const reason = untranscodable(asset.videoType, chosen.settings)
  if (reason !== undefined) throw new DomainError({ kind: 'media_unsupported', reason })
  if (isProtected && isAudioType(asset.videoType)) {
    throw invalidField('auto_encrypt', `cannot be 1 for video_type ${asset.videoType}`)
  }
  const noHls = isProtected
    ? invalidField('auto_encrypt', 'needs a template group that makes HLS')
    : invalidField('template_group_name', 'names a group that makes no HLS, and the asset is encrypted')
  if (isProtected || isEncrypted(asset)) requireEncryptable(outputsOf(asset.videoType, chosen.settings), noHls)
  // What stays with the tenant takes none of ours.
  if (!asset.output) await tx.requireRoom(asset.projectId)
  const key = isProtected && !isEncrypted(asset) ? { key: keys.make(asset.id) } : {}
  await tx.updateAsset(asset.id, {
    transcode: { state: 'waiting' },
    nextTranscode: { ...chosen, before: asset.transcode, ...key },
  })
  await tx.record(asset.id, { type: 'transcode_ordered' })
}

/** Throws `asset_not_ready` (source not in place or not probed yet), `asset_busy`. */
export const requireTranscodable = (asset: Asset): void => {
  if (asset.ingest.state !== 'created' || !asset.media) throw new DomainError({ kind: 'asset_not_ready' })
  // Of a source that was deleted nothing can be made any more.
  if (isTranscoding(asset) || asset.encryption?.change || asset.sourceRemoved)
    throw new DomainError({ kind: 'asset_busy' })
}

import Type from 'typebox'
import { parseKeyUrl } from '../core/catalog/key-settings.ts'
import { MASTER_PLAYLIST, PLAY_FOLDER } from '../core/catalog/object-keys.ts'
import { MAX_TOKEN_SECONDS } from '../core/delivery/play-token.ts'
import { textOf } from '../wire/fields.ts'
import { type AnyOperation, defineOperation } from '../wire/operation.ts'
import { BASE } from './fields.ts'

const SETTINGS_PATH = `${BASE}/settings/key-url`
const shared = { group: 'encryption', failureStatus: 400, gaps: [] } as const
const AssetIdText = textOf({ minLength: 1, maxBytes: 128 })

const Settings = Type.Object({
  key_url: Type.String({ description: "The project's own key service; empty: none." }),
  key_service: Type.Boolean({ description: 'Whether the built-in key service answers.' }),
})

export const showKeyUrl = defineOperation({
  ...shared,
  id: 'showKeyUrl',
  method: 'GET',
  path: SETTINGS_PATH,
  summary: 'Where players get the keys of encrypted streams.',
  reply: Settings,
  successStatus: 200,
  async handle(_, { core, projectId }) {
    const { keyUrl = '', keyService } = await core.encryption.keySettings(projectId)
    return { key_url: keyUrl, key_service: keyService }
  },
})

export const updateKeyUrl = defineOperation({
  ...shared,
  id: 'updateKeyUrl',
  method: 'PUT',
  path: SETTINGS_PATH,
  summary: 'Set where players get keys. Playlists that exist keep what they say until their key is rotated.',
  body: Type.Object({
    key_url: Type.Optional(Type.String({ maxBytes: 1024, emptyIsValue: true })),
    key_service: Type.Optional(Type.Boolean()),
  }),
  successStatus: 204,
  async handle({ body }, { core, projectId }) {
    const before = await core.encryption.keySettings(projectId)
    const { key_url: text = before.keyUrl ?? '', key_service: keyService = before.keyService } = body
    const keyUrl = text === '' ? {} : { keyUrl: parseKeyUrl(text, 'key_url') }
    await core.encryption.setKeySettings(projectId, { keyService, ...keyUrl })
  },
})

export const updateAssetEncryption = defineOperation({
  ...shared,
  id: 'updateAssetEncryption',
  method: 'PUT',
  path: `${BASE}/assets/encryption`,
  summary:
    'Switch the encryption of the HLS outputs on or off, or (rotate) give them a new key, without encoding anything; see assets/work.',
  body: Type.Object({ asset_id: AssetIdText, enabled: Type.Boolean(), rotate: Type.Optional(Type.Boolean()) }),
  successStatus: 202,
  reply: Type.Object({ asset_id: Type.String() }),
  async handle({ body }, { core, projectId }) {
    const { asset_id, enabled, rotate = false } = body
    await core.encryption.changeEncryption(projectId, asset_id, { enabled, rotate })
    return { asset_id }
  },
})

export const addPlayToken = defineOperation({
  ...shared,
  id: 'addPlayToken',
  method: 'POST',
  path: `${BASE}/assets/play-tokens`,
  summary: 'Make a token with which one viewer plays one encrypted asset for a while.',
  body: Type.Object({
    asset_id: AssetIdText,
    viewer: textOf({ minLength: 1, maxBytes: 128 }),
    ttl_seconds: Type.Optional(Type.Integer({ minimum: 10, maximum: MAX_TOKEN_SECONDS })),
    address: Type.Optional(Type.String({ format: 'ip', maxLength: 45, reason: 'must be an IPv4 or IPv6 address' })),
  }),
  reply: Type.Object({
    token: Type.String(),
    expires_at: Type.String(),
    play_url: Type.String({ description: 'The stream with the token, for any HLS player.' }),
    watch_url: Type.String(),
  }),
  successStatus: 201,
  async handle({ body }, { core, projectId, publicUrl }) {
    const { asset_id: id, viewer, address, ttl_seconds: lifetimeSeconds = USUAL_TOKEN_SECONDS } = body
    const request = { viewer, lifetimeSeconds, ...(address !== undefined && { address }) }
    const { token, expiresAt } = await core.encryption.issuePlayToken(projectId, id, request)
    return {
      token,
      expires_at: expiresAt.toISOString(),
      play_url: `${publicUrl}/asset/${id}/${PLAY_FOLDER}${MASTER_PLAYLIST}?token=${token}`,
      watch_url: `${publicUrl}/watch/${id}?token=${token}`,
    }
  },
})

/** A player asks for the key when it begins; longer is for those that ask again after a pause. */
const USUAL_TOKEN_SECONDS = 600

export const ENCRYPTION_OPERATIONS: readonly AnyOperation[] = [
  showKeyUrl,
  updateKeyUrl,
  updateAssetEncryption,
  addPlayToken,
]

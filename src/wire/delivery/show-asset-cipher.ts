import { Type } from 'typebox'
import { defineOperation } from '../operation.ts'

/** For the tenant's key service, which answers players with the bytes of `dk`. */
export const showAssetCipher = defineOperation({
  id: 'showAssetCipher',
  method: 'GET',
  path: '/v1.0/:project_id/asset/ciphers',
  summary: 'Read the HLS key of an encrypted asset.',
  group: 'cipher',
  query: Type.Object({ asset_id: Type.String({ minLength: 1, maxBytes: 128 }) }),
  reply: Type.Object({
    asset_id: Type.String(),
    edk: Type.String({ description: 'The key as it is stored, sealed under the master key; hex.' }),
    dk: Type.String({ description: 'The AES-128 key; base64 of 16 bytes.' }),
  }),
  successStatus: 200,
  failureStatus: 400,
  gaps: [],
  async handle({ query }, { core, projectId }) {
    const { assetId, sealedKey, key } = await core.encryption.showCipher(projectId, query.asset_id)
    return { asset_id: assetId, edk: sealedKey, dk: Buffer.from(key).toString('base64') }
  },
})

import Type from 'typebox'
import { AUDIO_FORMATS } from '../../core/catalog/asset.ts'
import { oneOf } from '../fields.ts'
import { defineOperation } from '../operation.ts'
import { AssetIdText } from './fields.ts'

export const createExtractAudioTask = defineOperation({
  id: 'createExtractAudioTask',
  method: 'POST',
  path: '/v1.0/:project_id/asset/extract_audio',
  summary: 'Extract the audio track of a video into a new asset.',
  group: 'process',
  body: Type.Object({
    asset_id: AssetIdText,
    parameter: Type.Optional(Type.Object({ format: Type.Optional(oneOf(AUDIO_FORMATS)) })),
  }),
  reply: Type.Object({ asset_id: Type.String(), audio_asset_id: Type.String() }),
  successStatus: 202,
  failureStatus: 400,
  gaps: [
    // It is that asset's source, and sources in a tenant's bucket are the tenant's: nothing of them is ever deleted.
    'The sound of an asset of storage_mode 1 lies in the service bucket, too; the new asset has no output_path.',
  ],
  async handle({ body: { asset_id, parameter } }, { core, projectId }) {
    // The only one that the vendor's console offers.
    const format = parameter?.format ?? 'MP3'
    return { asset_id, audio_asset_id: await core.processing.orderExtraction(projectId, asset_id, format) }
  },
})

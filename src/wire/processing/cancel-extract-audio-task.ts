import Type from 'typebox'
import { defineOperation } from '../operation.ts'
import { AssetIdText } from './fields.ts'

/** The vendor does not say of which asset the id is: the video's ends all extractions that wait, the audio asset's its own. */
export const cancelExtractAudioTask = defineOperation({
  id: 'cancelExtractAudioTask',
  method: 'DELETE',
  path: '/v1.0/:project_id/asset/extract_audio',
  summary: 'Cancel a queued audio extraction.',
  group: 'process',
  query: Type.Object({ asset_id: AssetIdText }),
  successStatus: 204,
  failureStatus: 400,
  gaps: [],
  async handle({ query }, { core, projectId }) {
    await core.processing.cancelExtraction(projectId, query.asset_id)
  },
})

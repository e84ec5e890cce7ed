import Type from 'typebox'
import { defineOperation } from '../operation.ts'
import { AssetIdText } from './fields.ts'

/** Only while it waits in the queue. */
export const cancelAssetTranscodeTask = defineOperation({
  id: 'cancelAssetTranscodeTask',
  method: 'DELETE',
  path: '/v1.0/:project_id/asset/process',
  summary: 'Cancel a queued transcoding task.',
  group: 'process',
  query: Type.Object({ asset_id: AssetIdText }),
  successStatus: 204,
  failureStatus: 400,
  gaps: [],
  async handle({ query }, { core, projectId }) {
    await core.processing.cancelTranscode(projectId, query.asset_id)
  },
})

import { Type } from 'typebox'
import { idList, oneOf } from '../fields.ts'
import { defineOperation } from '../operation.ts'

export const deleteThumbnails = defineOperation({
  id: 'deleteThumbnails',
  method: 'DELETE',
  path: '/v1/:project_id/asset/thumbnails',
  summary: 'Deletes the snapshots of tasks of one asset; its cover stays.',
  group: 'extended',
  // The vendor's definition requires neither; none at all must never mean "all".
  query: Type.Object({ asset_id: Type.String({ minLength: 1, maxBytes: 128 }), task_id: idList(10) }),
  reply: Type.Object({
    delete_result_array: Type.Array(
      Type.Object({ asset_id: Type.String(), task_id: Type.String(), status: oneOf(['DELETED', 'FAILED']) }),
    ),
  }),
  successStatus: 200,
  failureStatus: 400,
  gaps: [],
  async handle({ query: { asset_id: assetId, task_id: tasks } }, { core, projectId }) {
    const entries = await core.catalog.deleteSnapshots(projectId, assetId, tasks)
    return {
      delete_result_array: entries.map(({ task, outcome }) => ({
        asset_id: assetId,
        task_id: task,
        status: outcome === 'deleted' ? ('DELETED' as const) : ('FAILED' as const),
      })),
    }
  },
})

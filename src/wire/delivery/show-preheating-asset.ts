import { Type } from 'typebox'
import { oneOf } from '../fields.ts'
import { defineOperation } from '../operation.ts'
import { EdgeTaskId, edgeItemUrl } from './edge-fields.ts'

/** As docs and samples print them; the SDK's own words are upper case, and it checks neither. */
const STATUSES = { processing: 'processing', succeeded: 'succeed', failed: 'failed' } as const

export const showPreheatingAsset = defineOperation({
  id: 'showPreheatingAsset',
  method: 'GET',
  path: '/v1.0/:project_id/asset/preheating',
  summary: 'Read a preheat task.',
  group: 'preheat',
  query: Type.Object({ task_id: EdgeTaskId }),
  reply: Type.Object({
    preheating_results: Type.Array(Type.Object({ url: Type.String(), status: oneOf(Object.values(STATUSES)) })),
  }),
  // Odd for a read, and what the vendor documents.
  successStatus: 202,
  failureStatus: 400,
  gaps: [],
  async handle({ query }, { core, projectId, publicUrl }) {
    const items = await core.edges.showEdgeTask(projectId, 'preheat', query.task_id)
    return {
      preheating_results: items.map((item) => ({ url: edgeItemUrl(publicUrl, item), status: STATUSES[item.state] })),
    }
  },
})

import { Type } from 'typebox'
import { oneOf } from '../fields.ts'
import { defineOperation } from '../operation.ts'
import { EdgeTaskId, edgeItemUrl } from './edge-fields.ts'

/** The form of the enum; the explorer's sample is in lower case (x-rules). */
const STATUSES = { processing: 'PROCESSING', succeeded: 'SUCCEED', failed: 'FAILED' } as const

export const showRefreshResult = defineOperation({
  id: 'showRefreshResult',
  method: 'GET',
  path: '/v1/:project_id/asset/refresh',
  summary: 'Result of a CDN refresh task.',
  group: 'extended',
  query: Type.Object({ task_id: EdgeTaskId }),
  reply: Type.Object({
    refresh_results: Type.Array(Type.Object({ url: Type.String(), status: oneOf(Object.values(STATUSES)) })),
  }),
  successStatus: 200,
  failureStatus: 400,
  gaps: [],
  async handle({ query }, { core, projectId, publicUrl }) {
    const items = await core.edges.showEdgeTask(projectId, 'refresh', query.task_id)
    return {
      refresh_results: items.map((item) => ({ url: edgeItemUrl(publicUrl, item), status: STATUSES[item.state] })),
    }
  },
})

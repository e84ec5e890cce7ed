import { Type } from 'typebox'
import { oneOf } from '../fields.ts'
import { defineOperation } from '../operation.ts'

export const deleteAssets = defineOperation({
  id: 'deleteAssets',
  method: 'DELETE',
  path: '/v1.0/:project_id/asset',
  summary: 'Deletes assets with everything derived from them, or only their sources.',
  group: 'manage',
  query: Type.Object({
    // The number of ids is core's to bound; none at all must never mean "all".
    asset_id: Type.Array(Type.String({ minLength: 1, maxBytes: 128 }), { minItems: 1 }),
    delete_type: Type.Optional(oneOf(['origin'])),
  }),
  reply: Type.Object({
    delete_result_array: Type.Array(Type.Object({ asset_id: Type.String(), status: oneOf(['DELETED', 'FAILED']) })),
  }),
  successStatus: 200,
  failureStatus: 403,
  gaps: [],
  async handle({ query }, { core, projectId }) {
    const scope = query.delete_type === 'origin' ? 'source' : 'everything'
    const entries = await core.catalog.deleteAssets(projectId, query.asset_id, scope)
    return {
      delete_result_array: entries.map(({ id, outcome }) => ({
        asset_id: id,
        status: outcome === 'deleted' ? ('DELETED' as const) : ('FAILED' as const),
      })),
    }
  },
})

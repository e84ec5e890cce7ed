import { Type } from 'typebox'
import { invalidField } from '../../core/shared/problem.ts'
import { idList } from '../fields.ts'
import { defineOperation } from '../operation.ts'
import { PublicUrls } from './edge-fields.ts'

const MOST = 10

export const refreshAsset = defineOperation({
  id: 'refreshAsset',
  method: 'POST',
  path: '/v1/:project_id/asset/refresh',
  summary: 'Expire cached copies of assets or URLs on the CDN.',
  group: 'extended',
  body: Type.Object({
    asset_id_list: Type.Optional(idList(MOST)),
    urls: Type.Optional({ ...PublicUrls, minItems: 1, maxItems: MOST }),
  }),
  reply: Type.Object({ task_id: Type.String({ description: '32 hex digits.' }) }),
  successStatus: 202,
  failureStatus: 400,
  gaps: [],
  async handle({ body: { asset_id_list: assetIds = [], urls = [] } }, { core, projectId, publicUrl }) {
    if (assetIds.length + urls.length === 0) throw invalidField('asset_id_list', 'is required without urls')
    return { task_id: await core.edges.refresh(projectId, { assetIds, urls, publicUrl }) }
  },
})

import { Type } from 'typebox'
import { invalidField } from '../../core/shared/problem.ts'
import { defineOperation } from '../operation.ts'
import { PublicUrls } from './edge-fields.ts'

export const createPreheatingAsset = defineOperation({
  id: 'createPreheatingAsset',
  method: 'POST',
  path: '/v1.0/:project_id/asset/preheating',
  summary: 'Push assets or URLs into the CDN cache.',
  group: 'preheat',
  body: Type.Object({
    asset_id: Type.Optional(Type.String({ maxBytes: 128 })),
    // More than 10 have a code of their own.
    urls: Type.Optional(PublicUrls),
  }),
  reply: Type.Object({ task_id: Type.String({ description: '32 hex digits.' }) }),
  successStatus: 202,
  failureStatus: 400,
  gaps: [],
  async handle({ body: { asset_id, urls = [] } }, { core, projectId, publicUrl }) {
    // Neither is VOD.10053 (x-notes); both are both.
    if (asset_id === undefined && urls.length === 0) throw invalidField('urls', 'is required without asset_id')
    const assetIds = asset_id === undefined ? [] : [asset_id]
    return { task_id: await core.edges.preheat(projectId, { assetIds, urls, publicUrl }) }
  },
})

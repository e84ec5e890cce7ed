import { Type } from 'typebox'
import { SnapshotAnswer, snapshotAnswers } from '../catalog/snapshot-answer.ts'
import { defineOperation } from '../operation.ts'

export const listThumbnailDetails = defineOperation({
  id: 'listThumbnailDetails',
  method: 'GET',
  path: '/v1/:project_id/asset/thumbnail/details',
  summary: 'The snapshots of one task.',
  group: 'extended',
  query: Type.Object({
    task_id: Type.String({ minLength: 1, maxBytes: 128 }),
    offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 20_480, description: 'Counts snapshots, not pages.' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
  }),
  reply: Type.Object({ total: Type.Integer(), thumbnail_result: Type.Array(SnapshotAnswer) }),
  successStatus: 200,
  failureStatus: 400,
  gaps: [],
  async handle({ query: { task_id: task, offset = 0, limit = 20 } }, { core, projectId, publicUrl }) {
    const { asset, offsets } = await core.catalog.showSnapshotTask(projectId, task)
    const page = offsets.slice(offset, offset + limit)
    return { total: offsets.length, thumbnail_result: snapshotAnswers(publicUrl, asset, page) }
  },
})

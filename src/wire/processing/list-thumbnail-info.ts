import { Type } from 'typebox'
import { Thumbnail, thumbnailParameters } from '../ingest/thumbnail.ts'
import { defineOperation } from '../operation.ts'

const Id = Type.String({ minLength: 1, maxBytes: 128 })

export const listThumbnailInfo = defineOperation({
  id: 'listThumbnailInfo',
  method: 'GET',
  path: '/v1/:project_id/asset/thumbnails',
  summary: 'Snapshot tasks with their parameters: of an asset, of a project, or one of them.',
  group: 'extended',
  query: Type.Object({
    asset_id: Type.Optional(Id),
    task_id: Type.Optional(Id),
    offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 20_000, description: 'Counts tasks, not pages.' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
  }),
  reply: Type.Object({
    total: Type.Integer(),
    thumbnails: Type.Array(
      Type.Object({
        task_id: Type.String(),
        thumbnail_para: Thumbnail,
        thumbnail_count: Type.Integer({ description: '0 until the task has succeeded.' }),
      }),
    ),
  }),
  successStatus: 200,
  failureStatus: 400,
  gaps: [],
  async handle({ query: { asset_id: assetId, task_id: task, offset = 0, limit = 10 } }, { core, projectId }) {
    const filter = { ...(assetId !== undefined && { assetId }), ...(task !== undefined && { task }) }
    const { tasks, total } = await core.catalog.listSnapshotTasks(projectId, filter, { offset, limit })
    return {
      total,
      thumbnails: tasks.map(({ task: { task: id, settings }, offsets }) => ({
        task_id: id,
        thumbnail_para: thumbnailParameters(settings),
        thumbnail_count: offsets.length,
      })),
    }
  },
})

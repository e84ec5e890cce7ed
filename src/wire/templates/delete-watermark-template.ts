import Type from 'typebox'
import { defineOperation } from '../operation.ts'
import { WATERMARK_PATH, WatermarkId } from './watermark-fields.ts'

export const deleteWatermarkTemplate = defineOperation({
  id: 'deleteWatermarkTemplate',
  method: 'DELETE',
  path: WATERMARK_PATH,
  summary: 'Delete a watermark template. Groups that name it are refused (VOD.10124) until they name another.',
  group: 'watermark',
  query: Type.Object({ id: WatermarkId }),
  successStatus: 204,
  failureStatus: 400,
  gaps: [],
  async handle({ query }, { core, projectId }) {
    await core.templates.deleteWatermark(projectId, query.id)
  },
})

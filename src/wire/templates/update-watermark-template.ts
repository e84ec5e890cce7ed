import Type from 'typebox'
import { defineOperation } from '../operation.ts'
import { placementChange, WATERMARK_FIELDS, WATERMARK_PATH, WatermarkId } from './watermark-fields.ts'

/** What is left out stays as it is; an empty width, height or time is taken away. */
export const updateWatermarkTemplate = defineOperation({
  id: 'updateWatermarkTemplate',
  method: 'PUT',
  path: WATERMARK_PATH,
  summary: 'Change a watermark template.',
  group: 'watermark',
  body: Type.Object({ ...WATERMARK_FIELDS, id: WatermarkId }),
  successStatus: 204,
  failureStatus: 400,
  gaps: [],
  async handle({ body }, { core, projectId }) {
    await core.templates.updateWatermark(projectId, { id: body.id, name: body.name, ...placementChange(body) })
  },
})

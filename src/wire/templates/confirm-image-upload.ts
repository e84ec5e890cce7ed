import Type from 'typebox'
import { oneOf } from '../fields.ts'
import { defineOperation } from '../operation.ts'
import { pictureUrl, WatermarkId } from './watermark-fields.ts'

/** With FAILED what was uploaded is dropped, and the upload URL takes something else for as long as it is good. */
export const confirmImageUpload = defineOperation({
  id: 'confirmImageUpload',
  method: 'POST',
  path: '/v1.0/:project_id/watermark/status/uploaded',
  summary: 'Confirm the watermark image upload.',
  group: 'watermark',
  body: Type.Object({ id: WatermarkId, status: oneOf(['SUCCEED', 'FAILED']) }),
  reply: Type.Object({ id: Type.String(), image_url: Type.Optional(Type.String()) }),
  successStatus: 200,
  failureStatus: 400,
  gaps: [],
  async handle({ body: { id, status } }, { core, projectId, publicUrl }) {
    if (status === 'FAILED') {
      await core.templates.rejectUpload(projectId, id)
      return { id }
    }
    const watermark = await core.templates.confirmWatermark(projectId, id)
    return { id, image_url: pictureUrl(publicUrl, projectId, watermark) }
  },
})

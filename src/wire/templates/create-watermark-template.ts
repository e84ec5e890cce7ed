import Type from 'typebox'
import { PICTURE_TYPES } from '../../core/templates/watermark.ts'
import { oneOf } from '../fields.ts'
import { defineOperation } from '../operation.ts'
import { pictureUrl, placementOf, WATERMARK_FIELDS, WATERMARK_PATH } from './watermark-fields.ts'

export const createWatermarkTemplate = defineOperation({
  id: 'createWatermarkTemplate',
  method: 'POST',
  path: WATERMARK_PATH,
  summary: 'Create a watermark template and get an upload URL.',
  group: 'watermark',
  body: Type.Object({
    ...WATERMARK_FIELDS,
    type: oneOf(PICTURE_TYPES),
    md5: Type.Optional(Type.String({ maxBytes: 64 })),
  }),
  reply: Type.Object({
    id: Type.String({ description: '32 hex digits.' }),
    upload_url: Type.String({ description: 'Takes a PUT of any content type, for an hour.' }),
  }),
  successStatus: 200,
  failureStatus: 400,
  gaps: [],
  async handle({ body }, { core, projectId, publicUrl }) {
    const { watermark, expires, signature } = await core.templates.createWatermark(projectId, {
      ...{ name: body.name, declaredType: body.type, placement: placementOf(body) },
      ...(body.md5 !== undefined && { md5: body.md5 }),
    })
    const query = new URLSearchParams({ Expires: expires, Signature: signature })
    return { id: watermark.id, upload_url: `${pictureUrl(publicUrl, projectId, watermark)}?${query}` }
  },
})

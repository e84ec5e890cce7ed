import Type from 'typebox'
import { textOf } from '../wire/fields.ts'
import { type AnyOperation, defineOperation } from '../wire/operation.ts'
import { BASE } from './fields.ts'

/** The vendor has this in its console alone. */
export const setDefaultWatermark = defineOperation({
  id: 'setDefaultWatermark',
  method: 'PUT',
  path: `${BASE}/watermarks/default`,
  summary: 'Say whether every template group that names no watermark burns this one in. At most two are default.',
  group: 'watermark',
  body: Type.Object({ watermark_id: textOf({ minLength: 1, maxBytes: 128 }), default: Type.Boolean() }),
  successStatus: 204,
  failureStatus: 400,
  gaps: [],
  async handle({ body }, { core, projectId }) {
    await core.templates.setDefaultWatermark(projectId, body.watermark_id, body.default)
  },
})

export const WATERMARK_OPERATIONS: readonly AnyOperation[] = [setDefaultWatermark]

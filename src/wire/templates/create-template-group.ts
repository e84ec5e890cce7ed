import Type from 'typebox'
import { invalidField } from '../../core/shared/problem.ts'
import { oneOf } from '../fields.ts'
import { defineOperation } from '../operation.ts'
import {
  DEFAULT_INTERVAL,
  GROUP_FIELDS,
  GROUP_GAPS,
  settingsOf,
  TEMPLATE_GROUP_PATH,
  watermarkOf,
} from './template-group-fields.ts'

/** Documented as 204 with a body, which HTTP forbids: the vendor's SDKs and Terraform provider need the id. */
export const createTemplateGroup = defineOperation({
  id: 'createTemplateGroup',
  method: 'POST',
  path: TEMPLATE_GROUP_PATH,
  summary: 'Create a custom transcoding template group (v1).',
  group: 'template',
  body: Type.Object({ ...GROUP_FIELDS, type: oneOf(['custom_template_group']) }),
  reply: Type.Object({ group_id: Type.String({ description: '32 hex digits.' }) }),
  successStatus: 200,
  failureStatus: 400,
  gaps: GROUP_GAPS,
  async handle({ body }, { core, projectId }) {
    const wanted = settingsOf(body)
    const { outputs, segmentSeconds = DEFAULT_INTERVAL, encrypt = false } = wanted
    const { videoCodec = 'h264', audioCodec = 'aac', contentAdaptive = 0 } = wanted
    if (!outputs) throw invalidField('quality_info_list', 'is required: a group of no outputs makes nothing')
    const watermarkId = watermarkOf(body)
    const group_id = await core.templates.createTemplateGroup(projectId, {
      name: body.name,
      isDefault: body.status === '1',
      settings: { outputs, segmentSeconds, encrypt, videoCodec, audioCodec, contentAdaptive },
      ...(body.description !== undefined && { description: body.description }),
      ...(typeof watermarkId === 'string' && { watermarkId }),
    })
    return { group_id }
  },
})

import Type from 'typebox'
import { defineOperation } from '../operation.ts'
import { GROUP_FIELDS, GROUP_GAPS, settingsOf, TEMPLATE_GROUP_PATH, watermarkOf } from './template-group-fields.ts'

/** What is left out stays as it is. */
export const updateTemplateGroup = defineOperation({
  id: 'updateTemplateGroup',
  method: 'PUT',
  path: TEMPLATE_GROUP_PATH,
  summary: 'Change a template group (v1).',
  group: 'template',
  body: Type.Object({ ...GROUP_FIELDS, group_id: Type.String({ minLength: 1, maxBytes: 128 }) }),
  successStatus: 204,
  failureStatus: 400,
  gaps: [
    ...GROUP_GAPS,
    // The vendor's model has 0 as its default, so its Terraform provider sends nothing for "off".
    'auto_encrypt: left out it stays, so that no other change ends encryption; switching it off takes a 0.',
  ],
  async handle({ body }, { core, projectId }) {
    const watermarkId = watermarkOf(body)
    await core.templates.updateTemplateGroup(projectId, {
      id: body.group_id,
      name: body.name,
      ...(body.status !== undefined && { isDefault: body.status === '1' }),
      ...(body.description !== undefined && { description: body.description }),
      ...(watermarkId !== undefined && { watermarkId }),
      settings: settingsOf(body),
    })
  },
})

import Type from 'typebox'
import { defineOperation } from '../operation.ts'
import { TEMPLATE_GROUP_PATH } from './template-group-fields.ts'

export const deleteTemplateGroup = defineOperation({
  id: 'deleteTemplateGroup',
  method: 'DELETE',
  path: TEMPLATE_GROUP_PATH,
  summary: 'Delete a custom template group (v1).',
  group: 'template',
  query: Type.Object({ group_id: Type.String({ minLength: 1, maxBytes: 128 }) }),
  successStatus: 204,
  failureStatus: 400,
  gaps: [],
  async handle({ query }, { core, projectId }) {
    await core.templates.deleteTemplateGroup(projectId, query.group_id)
  },
})

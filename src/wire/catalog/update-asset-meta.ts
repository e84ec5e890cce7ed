import { Type } from 'typebox'
import { CategoryIdField, DescriptionText, parseCategoryId, parseTags, TagsText } from '../fields.ts'
import { defineOperation } from '../operation.ts'

export const updateAssetMeta = defineOperation({
  id: 'updateAssetMeta',
  method: 'PUT',
  path: '/v1.0/:project_id/asset/info',
  summary: 'Changes title, description, category or tags; absent members keep their value.',
  group: 'manage',
  body: Type.Object({
    asset_id: Type.String({ minLength: 1 }),
    // "" must reach the check of the length: an empty title is refused, not ignored.
    title: Type.Optional(Type.String({ minLength: 1, maxBytes: 128, emptyIsValue: true })),
    description: Type.Optional(DescriptionText),
    category_id: Type.Optional(CategoryIdField),
    tags: Type.Optional(TagsText),
  }),
  successStatus: 204,
  failureStatus: 400,
  gaps: [],
  async handle({ body }, { core, projectId }) {
    await core.catalog.updateAsset(projectId, body.asset_id, {
      ...(body.title !== undefined && { title: body.title }),
      ...(body.description !== undefined && { description: body.description === '' ? null : body.description }),
      ...(body.category_id !== undefined && { categoryId: parseCategoryId(body.category_id) ?? null }),
      ...(body.tags !== undefined && { tags: parseTags(body.tags) }),
    })
  },
})

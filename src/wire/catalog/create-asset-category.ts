import Type from 'typebox'
import { storedCategoryId } from '../fields.ts'
import { defineOperation } from '../operation.ts'
import { CATEGORY_PATH, CategoryId, CategoryName, CategoryReply, toCategoryReply } from './category-fields.ts'

export const createAssetCategory = defineOperation({
  id: 'createAssetCategory',
  method: 'POST',
  path: CATEGORY_PATH,
  summary: 'Create a category.',
  group: 'category',
  // -1, the built-in "Other", is below the minimum: it cannot be a parent.
  body: Type.Object({ name: CategoryName, parent_id: Type.Optional(CategoryId) }),
  reply: CategoryReply,
  successStatus: 200,
  failureStatus: 400,
  gaps: [],
  async handle({ body }, { core, projectId }) {
    const { parent_id: given = 0 } = body
    const parentId = given === 0 ? undefined : storedCategoryId(given)
    const placed = { name: body.name, ...(parentId !== undefined && { parentId }) }
    return toCategoryReply(await core.catalog.createCategory(projectId, placed))
  },
})

import Type from 'typebox'
import { storedCategoryId } from '../fields.ts'
import { defineOperation } from '../operation.ts'
import { CATEGORY_PATH, CategoryId } from './category-fields.ts'

export const deleteAssetCategory = defineOperation({
  id: 'deleteAssetCategory',
  method: 'DELETE',
  path: CATEGORY_PATH,
  summary: 'Delete a category.',
  group: 'category',
  query: Type.Object({ id: CategoryId }),
  successStatus: 204,
  failureStatus: 400,
  gaps: [],
  async handle({ query }, { core, projectId }) {
    await core.catalog.deleteCategory(projectId, storedCategoryId(query.id))
  },
})

import Type from 'typebox'
import { storedCategoryId } from '../fields.ts'
import { defineOperation } from '../operation.ts'
import { CATEGORY_PATH, CategoryId, CategoryName, CategoryReply, toCategoryReply } from './category-fields.ts'

export const updateAssetCategory = defineOperation({
  id: 'updateAssetCategory',
  method: 'PUT',
  path: CATEGORY_PATH,
  summary: 'Rename a category.',
  group: 'category',
  body: Type.Object({ id: CategoryId, name: CategoryName }),
  reply: CategoryReply,
  // 200 with a body: the vendor's Terraform provider takes no 204 here.
  successStatus: 200,
  failureStatus: 400,
  gaps: [],
  async handle({ body }, { core, projectId }) {
    return toCategoryReply(await core.catalog.renameCategory(projectId, storedCategoryId(body.id), body.name))
  },
})

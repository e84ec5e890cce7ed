import Type from 'typebox'
import type { Category, CategoryBranch } from '../../core/catalog/category.ts'
import { storedCategoryId } from '../fields.ts'
import { defineOperation } from '../operation.ts'
import { CATEGORY_PATH, CategoryId } from './category-fields.ts'

/** Ids are text here and integers everywhere else (SDK model `QueryCategoryRsp`; Java and Go refuse a number). */
const Leaf = Type.Object({ id: Type.String(), name: Type.String(), children: Type.Array(Type.Never()) })
const Branch = Type.Object({ id: Type.String(), name: Type.String(), children: Type.Array(Leaf) })

const toLeaf = ({ id, name }: Category) => ({ id: String(id), name, children: [] })
const toBranch = ({ category, children }: CategoryBranch) => ({ ...toLeaf(category), children: children.map(toLeaf) })

/**
 * The answer is a bare array: Java and Go fail on an object. An unknown id is VOD.10064 as in the contract, but with status
 * 404 where its other operations have 400: the vendor's Terraform provider reads a category after deleting it, and takes
 * an empty array or 404 for "gone", and 400 for a failure.
 */
export const listAssetCategory = defineOperation({
  id: 'listAssetCategory',
  method: 'GET',
  path: CATEGORY_PATH,
  summary: 'Read a category and its children.',
  group: 'category',
  query: Type.Object({ id: CategoryId }),
  reply: Type.Array(Branch),
  successStatus: 200,
  failureStatus: 400,
  gaps: [],
  async handle({ query }, { core, projectId }) {
    if (query.id !== 0) return [toBranch(await core.catalog.showCategory(projectId, storedCategoryId(query.id)))]
    return (await core.catalog.listCategories(projectId)).map(toBranch)
  },
})

import Type from 'typebox'
import type { Category } from '../../core/catalog/category.ts'
import { textOf } from '../fields.ts'

export const CATEGORY_PATH = '/v1.0/:project_id/asset/category'

export const CategoryName = textOf({ minLength: 1, maxBytes: 64 })

/** 0 is no category: "top level" of a parent, "all" of a query. */
export const CategoryId = Type.Integer({ minimum: 0 })

/** What POST and PUT answer: integers, where GET has text; and `projectId` is really camel case. */
export const CategoryReply = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  parent_id: Type.Integer(),
  level: Type.Integer(),
  projectId: Type.String(),
})

export const toCategoryReply = ({ id, name, parentId, level, projectId }: Category) => ({
  id,
  name,
  parent_id: parentId ?? 0,
  level,
  projectId,
})

import Type from 'typebox'
import type { ListPage } from '../core/auth/ports.ts'
import { PageNumber, PageSize, textOf } from '../wire/fields.ts'

/** Below it everything of ours lies. */
export const BASE = '/telecine/v1/:project_id'

/** Names of users, projects and buckets, and access keys: what they may be is core's to say. */
export const NameText = textOf({ minLength: 1, maxBytes: 256 })

export const PageQuery = { page: Type.Optional(PageNumber), size: Type.Optional(PageSize) }

export const toListPage = ({ page = 0, size = 100 }: { readonly page?: number; readonly size?: number }): ListPage => ({
  page,
  size,
})

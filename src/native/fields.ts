import Type from 'typebox'
import type { ListPage } from '../core/auth/ports.ts'
import type { Asset } from '../core/catalog/asset.ts'
import { invalidField } from '../core/shared/problem.ts'
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

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/

/** Refuses what no calendar has. */
export const parseTime = (text: string, field: string): Date => {
  const date = new Date(text)
  const exists = !Number.isNaN(date.getTime()) && date.toISOString().slice(0, 19) === text.slice(0, 19)
  if (!TIME.test(text) || !exists) throw invalidField(field, 'must be a time in UTC, e.g. 2026-01-31T12:00:00Z')
  return date
}

/** How answers say when an asset is deleted by itself; absent: never. */
export const expiryOf = ({ expiresAt }: Asset) => (expiresAt ? { expires_at: expiresAt.toISOString() } : {})

import { Type } from 'typebox'
import type { AssetFilter, Page } from '../../core/catalog/ports.ts'
import {
  CategoryIdField,
  PageNumber,
  PageSize,
  parseCategoryId,
  parseTags,
  parseTimestamp,
  TagsText,
  Timestamp14,
} from '../fields.ts'

/** Filters that asset/list and asset/info share. */
export const FILTER_QUERY = {
  start_time: Type.Optional(Timestamp14),
  end_time: Type.Optional(Timestamp14),
  category_id: Type.Optional(CategoryIdField),
  tags: Type.Optional(TagsText),
  query_string: Type.Optional(Type.String({ maxBytes: 1024 })),
  page: Type.Optional(PageNumber),
  size: Type.Optional(PageSize),
}

interface FilterQuery {
  readonly start_time?: string
  readonly end_time?: string
  readonly category_id?: number
  readonly tags?: string
  readonly query_string?: string
  readonly page?: number
  readonly size?: number
}

export const commonFilter = (query: FilterQuery): AssetFilter => {
  const tags = query.tags === undefined ? [] : parseTags(query.tags)
  return {
    ...(query.start_time !== undefined && { createdFrom: parseTimestamp(query.start_time, 'start_time') }),
    ...(query.end_time !== undefined && { createdTo: parseTimestamp(query.end_time, 'end_time') }),
    ...(query.category_id !== undefined && { categoryId: parseCategoryId(query.category_id) ?? null }),
    ...(tags.length > 0 && { tags }),
    ...(query.query_string !== undefined && { text: query.query_string }),
  }
}

export const pageOf = ({ page = 0, size = 10 }: FilterQuery, order: Page['order'] = 'desc'): Page => ({
  page,
  size,
  order,
})

/** The words of a table, as a schema's alternatives. */
export const keysOf = <Key extends string>(table: Readonly<Record<Key, unknown>>): readonly Key[] =>
  Object.keys(table) as Key[]

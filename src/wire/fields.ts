import Type, { type TString } from 'typebox'
import { invalidField } from '../core/shared/problem.ts'

/**
 * Members that many operations share. Besides JSON Schema's keywords, schemas may carry these of ours, which
 * `http/validate.ts` knows:
 * - `maxBytes`: the most bytes of UTF-8; the vendor counts bytes where JSON Schema counts characters;
 * - `emptyIsValue`: "" is a value (e.g. "clear the description") and not "not set";
 * - `format: 'ip'`: an IPv4 or IPv6 address;
 * - `reason`: completes "<field> ..." when the member does not match its `pattern` or `format`.
 */
export const textOf = (limits: { readonly minLength?: number; readonly maxBytes: number }): TString =>
  Type.String(limits)

/** One of these words. Where all are digits, a number in the request counts as its digits. */
export const oneOf = <Word extends string>(words: readonly Word[]) => Type.Enum<Word[]>([...words])

/** 0 = no, 1 = yes. */
export const Flag01 = Type.Union([Type.Literal(0), Type.Literal(1)])

export const Title = textOf({ minLength: 1, maxBytes: 128 })

/** "" is a value: in an update it clears the description. */
export const DescriptionText = Type.String({ maxBytes: 1024, emptyIsValue: true })

/** -1 is the built-in category "Other"; any other integer that is no category's id is an unknown one (decisions.md 4.13). */
export const CategoryIdField = Type.Integer()

const MAX_CATEGORY_ID = 2_147_483_647
const NOBODYS_ID = -2

/** An id that fits PostgreSQL's integer: what does not is unknown, and stays so. */
export const storedCategoryId = (id: number): number => (Math.abs(id) > MAX_CATEGORY_ID ? NOBODYS_ID : id)

/** Core's form of a category: `undefined` is the built-in "Other". */
export const parseCategoryId = (id: number | undefined): number | undefined =>
  id === -1 || id === undefined ? undefined : storedCategoryId(id)

/** From 0; the bound keeps page x size a safe number. */
export const PageNumber = Type.Integer({ minimum: 0, maximum: 2_147_483_647 })
export const PageSize = Type.Integer({ minimum: 1, maximum: 100 })

/** Ids of assets as they came: whether they exist, or can exist, is core's to say. */
export const idList = (most: number) =>
  Type.Array(Type.String({ minLength: 1, maxBytes: 128 }), { minItems: 1, maxItems: most })

export const TagsText = Type.String({ emptyIsValue: true })

const MAX_TAGS = 16
const MAX_TAG_BYTES = 16

/** Splits at ASCII commas, trims, drops empty ones. Too many or too long ones are refused, never cut (decisions.md 4.12). */
export const parseTags = (text: string, field = 'tags'): readonly string[] => {
  const tags = text
    .split(',')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '')
  if (tags.length > MAX_TAGS) throw invalidField(field, `must hold at most ${MAX_TAGS} tags; it has ${tags.length}`)
  const long = tags.findIndex((tag) => utf8Bytes(tag) > MAX_TAG_BYTES)
  if (long >= 0) {
    throw invalidField(field, `must hold tags of at most ${MAX_TAG_BYTES} bytes of UTF-8; tag ${long + 1} is longer`)
  }
  return tags
}

/** Length as the vendor counts it. */
export const utf8Bytes = (text: string): number => Buffer.byteLength(text, 'utf8')

/** yyyyMMddHHmmss in UTC. */
export const Timestamp14 = Type.String({
  pattern: '^\\d{14}$',
  reason: 'must be 14 digits, yyyyMMddHHmmss, in UTC',
})

const PARTS = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/

/** Refuses what no calendar has, e.g. the 31st of February. */
export const parseTimestamp = (text: string, field: string): Date => {
  const iso = text.replace(PARTS, '$1-$2-$3T$4:$5:$6.000Z')
  const date = new Date(iso)
  // Date moves 30 February into March, and 24:00:00 to the next day: only a date that says the same again exists.
  if (Number.isNaN(date.getTime()) || formatTimestamp(date) !== text) {
    throw invalidField(field, 'must be a date that exists, as yyyyMMddHHmmss in UTC')
  }
  return date
}

export const formatTimestamp = (date: Date): string => date.toISOString().replace(/[-:T]|\.\d+Z$/g, '')

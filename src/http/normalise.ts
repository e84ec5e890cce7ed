import { type DomainError, invalidField } from '../core/shared/problem.ts'

/** What of a JSON Schema decides how a value may be written. */
export interface SchemaNode {
  readonly type?: unknown
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly required?: readonly string[]
  readonly items?: SchemaNode
  readonly anyOf?: readonly SchemaNode[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly maxBytes?: number
  readonly emptyIsValue?: boolean
  readonly reason?: string
}

/**
 * Refuses the value at a path such as `thumbnail.dots[1]`. The vendor names the parameter alone (`illegal field: <field>`), so
 * which entry of a list it was stands in the reason, counted from 1.
 */
export const invalidAt = (path: string, reason: string): DomainError => {
  const entries = [...path.matchAll(/\[(\d+)\]/g)].map(([, index]) => Number(index) + 1)
  const field = path.replaceAll(/\[\d+\]/g, '')
  return invalidField(field, entries.length === 0 ? reason : `(entry ${entries.join('.')}) ${reason}`)
}

/** Members that no schema describes are kept as they are, but nobody needs them deeper than this. */
const MAX_FREE_DEPTH = 16

/**
 * The contract's leniency on requests (x-wire), before anything is checked: null, and "" for an optional text, mean "not
 * set"; a whole number may come as text, and a choice among digits as a number; members that the schema does not name are
 * dropped. Refuses what can never be right: text that UTF-8 or PostgreSQL cannot hold, numbers that lost digits.
 */
export const normalise = (node: SchemaNode, value: unknown, field: string): unknown => {
  if (typeof value === 'string') return normaliseText(node, value, field)
  if (typeof value === 'number') return normaliseNumber(node, value, field)
  if (Array.isArray(value)) {
    const { items } = alternative(node, (one) => one.items !== undefined)
    return items ? value.map((item, at) => normalise(items, item, `${field}[${at}]`)) : refuseBadText(value, field)
  }
  if (isObject(value)) {
    const described = alternative(node, (one) => one.properties !== undefined)
    return described.properties ? normaliseMembers(described, value, field) : refuseBadText(value, field)
  }
  return value
}

const normaliseMembers = ({ properties = {}, required = [] }: SchemaNode, value: object, field: string): unknown => {
  const given = new Map<string, unknown>(Object.entries(value))
  const members = Object.entries(properties).flatMap(([name, node]) => {
    const member = given.get(name)
    const notSet =
      member === undefined || member === null || (member === '' && emptyMeansNotSet(node, required.includes(name)))
    return notSet ? [] : [[name, normalise(node, member, field === '' ? name : `${field}.${name}`)]]
  })
  return Object.fromEntries(members)
}

const emptyMeansNotSet = (node: SchemaNode, required: boolean): boolean =>
  !required && holdsText(node) && node.emptyIsValue !== true

const WHOLE_NUMBER = /^-?\d{1,16}$/
const DECIMAL_NUMBER = /^-?\d{1,16}(\.\d{1,16})?$/

const normaliseText = (node: SchemaNode, text: string, field: string): unknown => {
  if (holdsText(node)) return checkText(text, field)
  if (node.type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true'
  if (holdsWhole(node) && WHOLE_NUMBER.test(text)) return checkNumber(Number(text), field)
  if (node.type === 'number' && DECIMAL_NUMBER.test(text)) return Number(text)
  return text
}

const normaliseNumber = (node: SchemaNode, value: number, field: string): unknown => {
  const digits = choices(node)?.every((choice) => typeof choice === 'string' && /^\d+$/.test(choice))
  return digits ? String(value) : checkNumber(value, field)
}

/** JSON.parse rounds 9007199254740993 and makes 1e400 infinite without a word. */
const checkNumber = (value: number, field: string): number => {
  if (Number.isFinite(value) && Math.abs(value) <= Number.MAX_SAFE_INTEGER) return value
  throw invalidAt(field, 'is a number out of range')
}

/** PostgreSQL's text holds no NUL, and UTF-8 no lone surrogate: both would fail later, as an error of ours. */
const checkText = (text: string, field: string): string => {
  if (text.includes('\0')) throw invalidAt(field, 'must not hold a NUL character')
  if (!text.isWellFormed()) throw invalidAt(field, 'must be well-formed Unicode')
  return text
}

const refuseBadText = (value: unknown, field: string, depth = 0): unknown => {
  if (depth > MAX_FREE_DEPTH) throw invalidAt(field, `is nested deeper than ${MAX_FREE_DEPTH} levels`)
  if (typeof value === 'string') checkText(value, field)
  if (typeof value === 'number') checkNumber(value, field)
  if (typeof value === 'object' && value !== null) {
    for (const [name, member] of Object.entries(value)) {
      checkText(name, field)
      refuseBadText(member, field, depth + 1)
    }
  }
  return value
}

/** The values that a schema lists, if it does nothing else. */
export const choices = (node: SchemaNode): readonly unknown[] | undefined => {
  if (node.enum) return node.enum
  if (node.const !== undefined) return [node.const]
  const nested = node.anyOf?.map(choices)
  return nested?.every((one) => one !== undefined) ? nested.flat() : undefined
}

const holdsText = (node: SchemaNode): boolean =>
  (node.type === 'string' && node.const === undefined) ||
  choices(node)?.some((choice) => typeof choice === 'string') === true ||
  node.anyOf?.some(holdsText) === true

const holdsWhole = (node: SchemaNode): boolean =>
  node.type === 'integer' ||
  choices(node)?.every((choice) => Number.isInteger(choice)) === true ||
  node.anyOf?.some(holdsWhole) === true

const alternative = (node: SchemaNode, fits: (one: SchemaNode) => boolean): SchemaNode =>
  fits(node) ? node : (node.anyOf?.find(fits) ?? node)

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

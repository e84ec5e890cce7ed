import { isIP } from 'node:net'
import { Ajv, type ErrorObject, type SchemaObject } from 'ajv'
import type { TSchema } from 'typebox'
import { DomainError, invalidField } from '../core/shared/problem.ts'
import { choices, invalidAt, isObject, normalise, type SchemaNode } from './normalise.ts'

/** Checks and translates what a request carries into what a handler gets. Throws `DomainError`. */
export interface RequestReader {
  /** `rawQuery`: what follows the question mark, still encoded. What the path names counts before it. */
  query(rawQuery: string, path?: Readonly<Record<string, string>>): unknown
  body(raw: Buffer, contentType: string | undefined): unknown
}

const ajv = new Ajv({ strict: true, strictRequired: false, allowUnionTypes: true, verbose: true })
ajv.addFormat('ip', (text) => isIP(text) !== 0)
ajv.addVocabulary(['emptyIsValue', 'reason'])
ajv.addKeyword({
  keyword: 'maxBytes',
  type: 'string',
  schemaType: 'number',
  validate: (limit: number, text: string) => Buffer.byteLength(text, 'utf8') <= limit,
})

/** Compiles an operation's schemas once; the reader is then called per request. */
export const requestReader = ({
  query,
  body,
}: {
  readonly query?: TSchema
  readonly body?: TSchema
}): RequestReader => {
  const checkQuery = query && checker(query)
  const checkBody = body && checker(body)
  return {
    query: (rawQuery, path) =>
      query && checkQuery ? checkQuery({ ...collectQuery(query, rawQuery), ...membersOf(query, path) }) : {},
    body: (raw, contentType) => (checkBody ? checkBody(readJson(raw, contentType)) : {}),
  }
}

const checker = (schema: TSchema): ((value: unknown) => unknown) => {
  const validate = ajv.compile(schema as SchemaObject)
  return (value) => {
    const normal = normalise(schema, value, '')
    if (validate(normal)) return normal
    throw refusal(validate.errors?.at(-1))
  }
}

/** Repeated keys, commas, and mixtures of both fill a list; `+` is a plus, as in every signature. */
const collectQuery = ({ properties = {} }: SchemaNode, rawQuery: string): object => {
  const collected = new Map<string, string | string[]>()
  for (const pair of rawQuery.split('&')) {
    const [key = '', ...rest] = pair.split('=')
    const name = decode(key, 'query')
    const node = Object.hasOwn(properties, name) ? properties[name] : undefined
    if (!node) continue
    const value = decode(rest.join('='), name)
    const before = collected.get(name)
    if (node.type === 'array') {
      const parts = value.split(',').map((part) => part.trim())
      collected.set(name, [...(before ?? []), ...parts.filter((part) => part !== '')])
    } else if (value !== '') {
      if (before !== undefined && before !== value) throw invalidField(name, 'is given more than once')
      collected.set(name, value)
    }
  }
  const set = [...collected].filter(([, value]) => value.length > 0)
  return Object.fromEntries(set)
}

const membersOf = ({ properties = {} }: SchemaNode, path: Readonly<Record<string, string>> = {}): object =>
  Object.fromEntries(Object.entries(path).filter(([name]) => Object.hasOwn(properties, name)))

const decode = (text: string, field: string): string => {
  try {
    return decodeURIComponent(text)
  } catch (cause) {
    throw new DomainError({ kind: 'invalid_field', field, reason: 'has broken percent-encoding' }, { cause })
  }
}

const readJson = (raw: Buffer, contentType: string | undefined): unknown => {
  if (raw.length === 0) throw invalidField('body', 'is required')
  const mediaType = contentType?.split(';', 1)[0]?.trim().toLowerCase()
  if (mediaType !== 'application/json') {
    throw new DomainError({ kind: 'wrong_content_type', contentType: contentType ?? '' })
  }
  const value = parseJson(raw)
  if (!isObject(value)) throw invalidField('body', 'must be a JSON object')
  return value
}

/** Of a repeated member the last counts; a member `__proto__` is a member like any other, and no schema names it. */
const parseJson = (raw: Buffer): unknown => {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(raw))
  } catch (cause) {
    throw new DomainError({ kind: 'invalid_field', field: 'body', reason: 'must be JSON in UTF-8' }, { cause })
  }
}

const refusal = (error: ErrorObject | undefined): DomainError => {
  if (!error) return invalidField('body', 'is not valid')
  const { missingProperty } = error.params
  const steps = error.instancePath.split('/').slice(1)
  if (typeof missingProperty === 'string') steps.push(missingProperty)
  const path = steps
    .map((step) => (/^\d+$/.test(step) ? `[${step}]` : `.${step.replaceAll('~1', '/').replaceAll('~0', '~')}`))
    .join('')
    .replace(/^\./, '')
  return invalidAt(path === '' ? 'body' : path, reasonOf(error))
}

const asNode = (schema: object): SchemaNode => schema

const TYPES: ReadonlyMap<unknown, string> = new Map([
  ['integer', 'a whole number'],
  ['number', 'a number'],
  ['string', 'text'],
  ['boolean', 'true or false'],
  ['array', 'a list'],
  ['object', 'an object'],
])

const reasonOf = ({ keyword, params, data, parentSchema = {} }: ErrorObject): string => {
  const limit = String(params['limit'])
  const node = asNode(parentSchema)
  const allowed = choices(node)
  if (allowed) return `must be one of ${allowed.join(', ')}`
  switch (keyword) {
    case 'required':
      return 'is required'
    case 'type':
      return `must be ${TYPES.get(params['type']) ?? 'of another type'}`
    case 'minLength':
      return data === '' ? 'must not be empty' : `must have at least ${limit} characters`
    case 'maxLength':
      return `must have at most ${limit} characters`
    case 'maxBytes':
      return `must be at most ${node.maxBytes} bytes of UTF-8; it has ${Buffer.byteLength(String(data))}`
    case 'minimum':
      return `must be at least ${limit}`
    case 'maximum':
      return `must be at most ${limit}`
    case 'minItems':
      return `must have at least ${limit} entries`
    case 'maxItems':
      return `must have at most ${limit} entries; it has ${Array.isArray(data) ? data.length : 'more'}`
    default:
      return node.reason ?? 'is not of an allowed form'
  }
}

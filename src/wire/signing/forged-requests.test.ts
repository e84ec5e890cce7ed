import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sha256Hex } from './canonical-request.ts'
import { signRequest } from './sign-request.ts'
import { checkDate, checkSignature, readClaim } from './verify-signature.ts'
import { readHeaders } from './wire-request.ts'

/** A request as its signature means it; every wire form below is made of one of these. */
interface Meaning {
  readonly method: string
  readonly segments: readonly string[]
  readonly query: readonly (readonly [name: string, value: string])[]
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What travels; `spelling` chooses among the escapes that mean the same. */
interface Wire {
  readonly method: string
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const NOW = new Date('2026-05-06T07:08:09Z')
const SECRETS = new Map([
  ['FORGERYTESTKEY000001', 'secret-of-key-one-0123456789abcdefghijk'],
  ['FORGERYTESTKEY000002', 'secret-of-key-two-0123456789abcdefghijk'],
])
const [KEY = ['', '']] = SECRETS
const [ACCESS, SECRET] = KEY

const text = fc.string({ unit: fc.constantFrom(...'aZ09-_.~ +*!()\'&=/%?;:@,"纪€'), minLength: 1, maxLength: 6 })
const parameters = fc.array(fc.tuple(fc.constantFrom('id', 'asset_id', 'page', 'x y'), text), { maxLength: 5 })
const meanings: fc.Arbitrary<Meaning> = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE'),
  segments: fc.array(text, { minLength: 1, maxLength: 4 }),
  query: parameters,
  headers: fc.record({
    'content-type': fc.constantFrom('application/json', 'application/json; charset=utf-8'),
    host: fc.constantFrom('vod.local.example:8443', '127.0.0.1'),
    'x-project-id': fc.constantFrom('0123456789abcdef0123456789abcdef', 'ffffffffffffffffffffffffffffffff'),
  }),
  body: fc.oneof(fc.constant(''), fc.constant('{}'), fc.json()),
})

const strict = (part: string): string =>
  encodeURIComponent(part).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)

/** As Node's SDK does, or with lower-case escapes and whatever a URL allows left raw. */
const loose = (part: string): string =>
  encodeURIComponent(part)
    .replace(/%(?:2B|40|3A|2C)/g, decodeURIComponent)
    .replace(/%[0-9A-F]{2}/g, (octet) => octet.toLowerCase())

const wireOf = (meaning: Meaning, spelling: (part: string) => string): Omit<Wire, 'headers'> => {
  const query = meaning.query.map(([name, value]) => `${spelling(name)}=${spelling(value)}`).join('&')
  const path = `/${meaning.segments.map(spelling).join('/')}`
  return { method: meaning.method, target: query ? `${path}?${query}` : path, body: meaning.body }
}

const send = (meaning: Meaning, spelling: (part: string) => string): Wire => {
  const wire = wireOf(meaning, spelling)
  const signable = { ...wire, headers: meaning.headers, body: Buffer.from(wire.body) }
  return { ...wire, headers: signRequest(signable, { access: ACCESS, secret: SECRET }, NOW) }
}

const accepted = ({ method, target, headers, body }: Wire, secrets: ReadonlyMap<string, string> = SECRETS): boolean => {
  const request = { method, target, headers: readHeaders(Object.entries(headers).flat()), body: Buffer.from(body) }
  const claim = readClaim(request)
  if ('refused' in claim) return false
  const secret = secrets.get(claim.access)
  return secret !== undefined && (checkDate(claim, NOW) ?? checkSignature(request, claim, secret)) === undefined
}

/** Changes one character; never into an equal text. */
const alter = (value: string, at: number): string => {
  const index = at % Math.max(1, value.length)
  return `${value.slice(0, index)}${value[index] === 'b' ? 'c' : 'b'}${value.slice(index + 1)}`
}

const withHeader = (wire: Wire, name: string, value: string): Wire => ({
  ...wire,
  headers: { ...wire.headers, [name]: value },
})
const withoutHeader = (wire: Wire, name: string): Wire => ({
  ...wire,
  headers: Object.fromEntries(Object.entries(wire.headers).filter(([key]) => key !== name)),
})
const authorizationOf = ({ headers }: Wire): string => new Map(Object.entries(headers)).get('authorization') ?? ''

interface Case {
  readonly wire: Wire
  readonly meaning: Meaning
  readonly at: number
}

/** The same signature with another request around it. */
const remade = ({ wire }: Case, changed: Meaning): Wire => ({ ...wireOf(changed, strict), headers: wire.headers })

/** Each changes what the signature covers, and never into an equivalent form. */
const FORGERIES: Readonly<Record<string, (original: Case) => Wire>> = {
  method: ({ wire }) => ({ ...wire, method: wire.method === 'POST' ? 'PUT' : 'POST' }),
  'path: a segment changed': (original) => {
    const { meaning, at } = original
    const index = at % meaning.segments.length
    const segments = meaning.segments.with(index, alter(meaning.segments[index] ?? '', at))
    return remade(original, { ...meaning, segments })
  },
  'path: a segment added': (original) =>
    remade(original, { ...original.meaning, segments: [...original.meaning.segments, 'extra'] }),
  'query: a value changed': (original) => {
    const { meaning, at } = original
    const [name = 'id', value = ''] = meaning.query[at % Math.max(1, meaning.query.length)] ?? []
    const rest = meaning.query.filter((_, index) => index !== at % meaning.query.length)
    return remade(original, { ...meaning, query: [...rest, [name, alter(value, at)]] })
  },
  'query: a parameter added': (original) =>
    remade(original, { ...original.meaning, query: [...original.meaning.query, ['id', '7']] }),
  'query: a parameter dropped or a flag added': (original) => {
    const { query } = original.meaning
    return remade(original, { ...original.meaning, query: query.length > 0 ? query.slice(1) : [['flag', '']] })
  },
  'a signed header changed': ({ wire, meaning, at }) => {
    const [name = '', value = ''] = Object.entries(meaning.headers)[at % 3] ?? []
    return withHeader(wire, name, alter(value, at))
  },
  'a signed header dropped': ({ wire, meaning, at }) => withoutHeader(wire, Object.keys(meaning.headers)[at % 3] ?? ''),
  'a signed header repeated': ({ wire, meaning, at }) => {
    const name = Object.keys(meaning.headers)[at % 3] ?? ''
    return withHeader(wire, name.toUpperCase(), meaning.headers[name] ?? '')
  },
  'a name taken out of SignedHeaders': ({ wire }) =>
    withHeader(wire, 'authorization', authorizationOf(wire).replace('host;', '')),
  'body: a character changed': ({ wire, at }) => ({ ...wire, body: alter(wire.body, at) }),
  'body: a byte added': ({ wire }) => ({ ...wire, body: `${wire.body}\n` }),
  'body changed under a claimed digest': ({ wire, at }) =>
    withHeader({ ...wire, body: alter(wire.body, at) }, 'x-sdk-content-sha256', sha256Hex(wire.body)),
  'body changed under UNSIGNED-PAYLOAD': ({ wire, at }) =>
    withHeader({ ...wire, body: alter(wire.body, at) }, 'x-sdk-content-sha256', 'UNSIGNED-PAYLOAD'),
  'date, still within the skew': ({ wire, at }) =>
    withHeader(wire, 'x-sdk-date', `20260506T07${String(at % 8).padStart(2, '0')}09Z`),
  'another key that exists': ({ wire }) =>
    withHeader(wire, 'authorization', authorizationOf(wire).replace('KEY000001', 'KEY000002')),
  'a key that does not exist': ({ wire, at }) =>
    withHeader(wire, 'authorization', authorizationOf(wire).replace(ACCESS, alter(ACCESS, at))),
  signature: ({ wire, at }) => {
    const [start = '', digits = ''] = authorizationOf(wire).split(/(?<=Signature=)/)
    return withHeader(wire, 'authorization', `${start}${alter(digits, at)}`)
  },
  'signature cut short': ({ wire, at }) =>
    withHeader(wire, 'authorization', authorizationOf(wire).slice(0, -1 - (at % 64))),
}

test('of 10,000 forged requests every one is refused and every untouched twin accepted', () => {
  const forgeries = fc.constantFrom(...Object.entries(FORGERIES))
  const property = fc.property(
    meanings,
    forgeries,
    fc.boolean(),
    fc.nat(1000),
    (meaning, [name, forge], asNode, at) => {
      const wire = send(meaning, asNode ? loose : strict)
      expect(accepted(wire), 'the twin').toBe(true)
      expect(accepted(forge({ wire, meaning, at })), name).toBe(false)
    },
  )
  fc.assert(property, { numRuns: 10_000, seed: 20260506 })
})

test('under another secret no request is accepted', () => {
  const property = fc.property(meanings, fc.nat(1000), (meaning, at) => {
    const wire = send(meaning, strict)
    expect(accepted(wire, new Map([[ACCESS, alter(SECRET, at)]]))).toBe(false)
    expect(accepted(wire)).toBe(true)
  })
  fc.assert(property, { numRuns: 1000, seed: 20260506 })
})

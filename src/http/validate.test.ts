import Type from 'typebox'
import { describe, expect, test } from 'vitest'
import { DomainError } from '../core/shared/problem.ts'
import { Flag01, oneOf, Timestamp14, textOf } from '../wire/fields.ts'
import { requestReader } from './validate.ts'

const reader = requestReader({
  query: Type.Object({
    id: Type.Optional(Type.Array(Type.String(), { minItems: 1, maxItems: 3 })),
    page: Type.Optional(Type.Integer({ minimum: 0 })),
    word: Type.Optional(Type.String()),
    start: Type.Optional(Timestamp14),
  }),
  body: Type.Object({
    title: textOf({ minLength: 1, maxBytes: 8 }),
    note: Type.Optional(Type.String({ maxBytes: 8 })),
    description: Type.Optional(Type.String({ emptyIsValue: true })),
    count: Type.Optional(Type.Integer({ minimum: 1, maximum: 12 })),
    flag: Type.Optional(Flag01),
    operation: Type.Optional(oneOf(['0', '1'])),
    kind: Type.Optional(oneOf(['MP4', '3GP'])),
    thumbnail: Type.Optional(
      Type.Object({ time: Type.Integer({ maximum: 12 }), dots: Type.Optional(Type.Array(Type.Integer())) }),
    ),
    free: Type.Optional(Type.Unknown()),
  }),
})

const read = (body: unknown, contentType = 'application/json') =>
  reader.body(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), contentType)

const problemOf = (attempt: () => unknown): unknown => {
  try {
    attempt()
  } catch (error) {
    if (error instanceof DomainError) return error.problem
    throw error
  }
  return 'accepted'
}

const refusal = (body: unknown) => problemOf(() => read(body))
const illegal = (field: string, reason: string) => ({ kind: 'invalid_field', field, reason })

describe('what counts as not set', () => {
  test('null anywhere, and "" for an optional text', () => {
    expect(read({ title: 'a', note: '', count: null, thumbnail: null, kind: '' })).toEqual({ title: 'a' })
  })
  test('"" stays where it is a value', () => {
    expect(read({ title: 'a', description: '' })).toEqual({ title: 'a', description: '' })
  })
  test('a required member is not excused', () => {
    expect(refusal({ title: null })).toEqual(illegal('title', 'is required'))
    expect(refusal({ title: '' })).toEqual(illegal('title', 'must not be empty'))
    expect(refusal({ title: 'a', thumbnail: {} })).toEqual(illegal('thumbnail.time', 'is required'))
  })
})

describe('numbers and texts', () => {
  test('a whole number may come as text, and a digit that is a word as a number', () => {
    expect(read({ title: 'a', count: '7', flag: '1', operation: 1, thumbnail: { time: '0', dots: ['3', 4] } })).toEqual(
      {
        title: 'a',
        count: 7,
        flag: 1,
        operation: '1',
        thumbnail: { time: 0, dots: [3, 4] },
      },
    )
  })
  test.each(['25.5', '7 ', '1e1', '0x7', '', true, [7], { n: 7 }])('%j is no whole number', (count) => {
    expect(refusal({ title: 'a', count })).toEqual(illegal('count', 'must be a whole number'))
  })
  test('25.5 is no whole number, and a text is never made of one', () => {
    expect(refusal({ title: 'a', count: 2.5 })).toEqual(illegal('count', 'must be a whole number'))
    expect(refusal({ title: 5 })).toEqual(illegal('title', 'must be text'))
  })
  test('numbers that JSON.parse would bend are refused', () => {
    expect(refusal('{"title":"a","count":1e400}')).toEqual(illegal('count', 'is a number out of range'))
    expect(refusal('{"title":"a","count":9007199254740993}')).toEqual(illegal('count', 'is a number out of range'))
    expect(refusal({ title: 'a', count: '9007199254740993' })).toEqual(illegal('count', 'is a number out of range'))
  })
  test('limits are told', () => {
    expect(refusal({ title: 'a', count: 0 })).toEqual(illegal('count', 'must be at least 1'))
    expect(refusal({ title: 'a', thumbnail: { time: 13 } })).toEqual(illegal('thumbnail.time', 'must be at most 12'))
    expect(refusal({ title: 'a', flag: 2 })).toEqual(illegal('flag', 'must be one of 0, 1'))
    expect(refusal({ title: 'a', kind: 'mp4' })).toEqual(illegal('kind', 'must be one of MP4, 3GP'))
    expect(refusal({ title: 'a', thumbnail: { time: 1, dots: [1, 'x'] } })).toEqual(
      illegal('thumbnail.dots', '(entry 2) must be a whole number'),
    )
  })
  test('bytes are counted, not characters', () => {
    expect(read({ title: '纪录ab' })).toEqual({ title: '纪录ab' })
    expect(refusal({ title: '纪录片' })).toEqual(illegal('title', 'must be at most 8 bytes of UTF-8; it has 9'))
  })
  test('text that PostgreSQL or UTF-8 cannot hold is refused, however deep', () => {
    expect(refusal({ title: 'a\0' })).toEqual(illegal('title', 'must not hold a NUL character'))
    expect(refusal('{"title":"\\ud800"}')).toEqual(illegal('title', 'must be well-formed Unicode'))
    expect(refusal({ title: 'a', free: { a: [{ b: '\0' }] } })).toEqual(
      illegal('free', 'must not hold a NUL character'),
    )
  })
})

describe('bodies', () => {
  test('unknown members are dropped, a member __proto__ among them', () => {
    const body = read('{"title":"a","what":{"ever":1},"__proto__":{"note":"x"},"constructor":{}}')
    expect(body).toEqual({ title: 'a' })
    expect(Object.getPrototypeOf(body)).toBe(Object.prototype)
  })
  test('of a member given twice the last counts', () => {
    expect(read('{"title":"a","title":"b"}')).toEqual({ title: 'b' })
  })
  test.each(['', '{', '"x"', '[]', 'null', '{"title":"a"} x', '\ufeff'])('%j is no body', (text) => {
    expect(refusal(text)).toMatchObject({ kind: 'invalid_field', field: 'body' })
  })
  test('bytes that are no UTF-8 are no body', () => {
    const latin1 = Buffer.from('{"title":"é"}', 'latin1')
    expect(problemOf(() => reader.body(latin1, 'application/json'))).toEqual(illegal('body', 'must be JSON in UTF-8'))
  })
  test('nesting is bounded, in what no schema describes too', () => {
    const deep = (depth: number) => `{"title":"a","free":${'['.repeat(depth)}${']'.repeat(depth)}}`
    expect(read(deep(16))).toMatchObject({ title: 'a' })
    expect(refusal(deep(18))).toEqual(illegal('free', 'is nested deeper than 16 levels'))
    expect(refusal(deep(100_000))).toEqual(illegal('free', 'is nested deeper than 16 levels'))
  })
  test('the media type decides, not its parameters or case', () => {
    expect(read({ title: 'a' }, 'Application/JSON; charset=UTF-8')).toEqual({ title: 'a' })
    expect(problemOf(() => read({ title: 'a' }, 'text/plain'))).toMatchObject({ kind: 'wrong_content_type' })
    expect(problemOf(() => read({ title: 'a' }, 'application/jsonp'))).toMatchObject({ kind: 'wrong_content_type' })
    expect(problemOf(() => reader.body(Buffer.from('{"title":"a"}'), undefined))).toMatchObject({
      kind: 'wrong_content_type',
    })
  })
})

describe('queries', () => {
  test.each(['id=a&id=b', 'id=a,b', 'id=a%2Cb', 'id=,a,&id=%20b'])('%s is a list of two', (query) => {
    expect(reader.query(query)).toEqual({ id: ['a', 'b'] })
  })
  test('an empty parameter is not set, an unknown or bare one is ignored', () => {
    expect(reader.query('id=&page=&word&what=1&what=2&__proto__=1&')).toEqual({})
  })
  test('a plus is a plus', () => {
    expect(reader.query('word=a+b%20c=d')).toEqual({ word: 'a+b c=d' })
  })
  test('numbers are read, and refused when they are none', () => {
    expect(reader.query('page=3')).toEqual({ page: 3 })
    expect(problemOf(() => reader.query('page=x'))).toEqual(illegal('page', 'must be a whole number'))
    expect(problemOf(() => reader.query('page=-1'))).toEqual(illegal('page', 'must be at least 0'))
  })
  test('one value given twice is one value; two different ones are refused', () => {
    expect(reader.query('page=1&page=1')).toEqual({ page: 1 })
    expect(problemOf(() => reader.query('page=1&page=2'))).toEqual(illegal('page', 'is given more than once'))
  })
  test('too many, broken and ill-formed values are refused by name', () => {
    expect(problemOf(() => reader.query('id=a,b,c,d'))).toEqual(illegal('id', 'must have at most 3 entries; it has 4'))
    expect(problemOf(() => reader.query('id=a,%00'))).toEqual(illegal('id', '(entry 2) must not hold a NUL character'))
    expect(problemOf(() => reader.query('word=%zz'))).toEqual(illegal('word', 'has broken percent-encoding'))
    expect(problemOf(() => reader.query('word=%00'))).toEqual(illegal('word', 'must not hold a NUL character'))
    expect(problemOf(() => reader.query('start=2026'))).toEqual(
      illegal('start', 'must be 14 digits, yyyyMMddHHmmss, in UTC'),
    )
  })
})

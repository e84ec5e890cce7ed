import { expect, test } from 'vitest'
import { parseRange } from './byte-range.ts'

test.each([
  ['bytes=0-4', { start: 0, end: 4 }],
  ['bytes=5-', { start: 5, end: 9 }],
  ['bytes=5-99', { start: 5, end: 9 }],
  ['bytes=-3', { start: 7, end: 9 }],
  ['bytes=-99', { start: 0, end: 9 }],
])('%s of ten bytes is a part', (header, range) => {
  expect(parseRange(header, 10)).toEqual({ type: 'part', range })
})

test.each([undefined, 'bytes=', 'bytes=-', 'items=0-1', 'bytes=4-2', 'bytes=0-1,3-4', 'bytes=a-b'])(
  '%s is answered with the whole',
  (header) => {
    expect(parseRange(header, 10)).toEqual({ type: 'whole' })
  },
)

test.each(['bytes=10-', 'bytes=99-100', 'bytes=-0'])('%s of ten bytes cannot be satisfied', (header) => {
  expect(parseRange(header, 10)).toEqual({ type: 'unsatisfiable' })
})

test('nothing of an empty object can be satisfied', () => {
  expect([parseRange('bytes=0-', 0), parseRange('bytes=-1', 0)]).toEqual([
    { type: 'unsatisfiable' },
    { type: 'unsatisfiable' },
  ])
})

import { expect, test } from 'vitest'
import { ascii, box, concat, findBox, fullBox, readBoxes, u16, u32, zeros } from './boxes.ts'
import { readFields } from './read-bytes.ts'

test('boxes that were written are read back with type and payload', () => {
  const bytes = concat([
    box('ftyp', ascii('iso6'), u32(512)),
    box('free'),
    fullBox('tfdt', { version: 1, flags: 3 }, u16(1, 2)),
  ])
  const read = [...readBoxes(bytes)].map(({ type, payload }) => ({
    type,
    payload: Buffer.from(payload).toString('hex'),
  }))
  expect(read).toEqual([
    { type: 'ftyp', payload: '69736f3600000200' },
    { type: 'free', payload: '' },
    { type: 'tfdt', payload: '0100000300010002' },
  ])
})

test('a box with a 64-bit size is read', () => {
  const bytes = concat([u32(1), ascii('mdat'), u32(0, 18), ascii('ab'), box('free')])
  expect([...readBoxes(bytes)].map(({ type, payload }) => [type, payload.length])).toEqual([
    ['mdat', 2],
    ['free', 0],
  ])
})

test('a nested box is found by its path, and the first of several', () => {
  const bytes = box('moov', box('trak', box('tkhd', u32(1))), box('trak', box('tkhd', u32(2))))
  expect(findBox(bytes, ['moov', 'trak', 'tkhd'])).toEqual(u32(1))
  expect(findBox(bytes, ['moov', 'mvex'])).toBeUndefined()
})

test.each([
  ['smaller than its own header', concat([u32(7), ascii('free')])],
  ['of size 0', concat([u32(0), ascii('free')])],
  ['longer than what is there', concat([u32(9), ascii('free')])],
])('a box %s is refused', (_, bytes) => {
  expect(() => [...readBoxes(bytes)]).toThrow(expect.objectContaining({ name: 'TrackDefect', kind: 'malformed' }))
})

test('a number that JavaScript cannot hold exactly is refused instead of rounded', () => {
  expect(readFields(u32(0x1fffff, 0xffffffff)).u64()).toBe(Number.MAX_SAFE_INTEGER)
  expect(() => readFields(u32(0x200000, 0)).u64()).toThrow('too large to be real')
  expect(readFields(concat([u32(-1), zeros(4)])).i32()).toBe(-1)
})

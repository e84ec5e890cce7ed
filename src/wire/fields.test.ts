import { expect, test } from 'vitest'
import { formatTimestamp, parseCategoryId, parseTags, parseTimestamp } from './fields.ts'

test('tags are split at commas and trimmed, and empty ones dropped', () => {
  expect(parseTags(' harbour, walk ,,港口,')).toEqual(['harbour', 'walk', '港口'])
  expect(parseTags('')).toEqual([])
})

test('sixteen tags of sixteen bytes are allowed', () => {
  const tags = Array.from({ length: 16 }, (_, n) => `${n}`.padStart(16, 'x'))
  expect(parseTags(tags.join(','))).toEqual(tags)
})

test('a seventeenth tag, and a tag of more than sixteen bytes, are refused and not cut', () => {
  expect(() => parseTags(Array.from({ length: 17 }, (_, n) => `t${n}`).join(','))).toThrow(/at most 16 tags; it has 17/)
  // Six characters, eighteen bytes.
  expect(() => parseTags('a,一二三四五六')).toThrow(/16 bytes of UTF-8; tag 2 is longer/)
})

test('a time is 14 digits of UTC, both ways', () => {
  const date = parseTimestamp('20260228235959', 'start_time')
  expect(date.toISOString()).toBe('2026-02-28T23:59:59.000Z')
  expect(formatTimestamp(date)).toBe('20260228235959')
  expect(formatTimestamp(new Date('2026-02-28T23:59:59.987Z'))).toBe('20260228235959')
})

test.each(['20260230000000', '20261301000000', '20260101240000', '20260101006000', '2026010100000', 'yesterday', ''])(
  '%o is no time',
  (text) => {
    expect(() => parseTimestamp(text, 'end_time')).toThrow(/end_time/)
  },
)

test('-1 and absence are the built-in category', () => {
  expect([parseCategoryId(-1), parseCategoryId(undefined), parseCategoryId(7)]).toEqual([undefined, undefined, 7])
})

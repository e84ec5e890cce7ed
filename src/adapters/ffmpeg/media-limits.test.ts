import { expect, test } from 'vitest'
import { DEFAULT_LIMITS, encodeRun } from './media-limits.ts'

test('an encode of any length gets a time that a timer can wait for', () => {
  expect(encodeRun(DEFAULT_LIMITS, 12 * 3_600_000).wallMs).toBe(2 ** 31 - 1)
  expect(encodeRun(DEFAULT_LIMITS, 3_600_000).wallMs).toBe(60 * 3_600_000)
})

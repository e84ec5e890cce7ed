import { expect, test } from 'vitest'
import { planParts } from './s3-copy.ts'

const MIB = 1_048_576

test('parts follow one another from the first byte to the last', () => {
  expect(planParts(12 * MIB, 5 * MIB)).toEqual([
    { start: 0, end: 5 * MIB - 1 },
    { start: 5 * MIB, end: 10 * MIB - 1 },
    { start: 10 * MIB, end: 12 * MIB - 1 },
  ])
  expect(planParts(10 * MIB, 5 * MIB).length).toBe(2)
})

test('a huge object has no more than 10,000 parts', () => {
  const sizeBytes = 5_000_000 * MIB + 1
  const parts = planParts(sizeBytes, 256 * MIB)
  expect(parts.length).toBeLessThanOrEqual(10_000)
  expect(parts.at(-1)?.end).toBe(sizeBytes - 1)
})

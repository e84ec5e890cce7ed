import { expect, test } from 'vitest'
import { pauseAfter } from './child-process.ts'

const MINUTE_MS = 60_000

test('a child that worked well is started again at once, whatever its predecessors did', () => {
  expect(pauseAfter({ workedMs: 2_000, lastPauseMs: 0 })).toBe(0)
  expect(pauseAfter({ workedMs: MINUTE_MS, lastPauseMs: 6_400 })).toBe(0)
})

test('between children that die young the pauses double up to ten seconds', () => {
  const pauses = [0]
  for (let deaths = 0; deaths < 8; deaths++)
    pauses.push(pauseAfter({ workedMs: 1_999, lastPauseMs: pauses.at(-1) ?? 0 }))
  expect(pauses).toEqual([0, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000])
})

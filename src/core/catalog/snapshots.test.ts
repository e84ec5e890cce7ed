import { expect, test } from 'vitest'
import { MAX_SNAPSHOTS, wantedOffsets } from './snapshots.ts'

test('an interval begins with the first frame and ends before the end', () => {
  expect(wantedOffsets({ type: 'interval', seconds: 5 }, 12_300)).toEqual([0, 5, 10])
  expect(wantedOffsets({ type: 'interval', seconds: 5 }, 10_000)).toEqual([0, 5])
  expect(wantedOffsets({ type: 'interval', seconds: 12 }, 40)).toEqual([0])
})

test('more pictures than a task may have are none', () => {
  expect(wantedOffsets({ type: 'interval', seconds: 1 }, MAX_SNAPSHOTS * 1000)).toHaveLength(MAX_SNAPSHOTS)
  expect(wantedOffsets({ type: 'interval', seconds: 1 }, MAX_SNAPSHOTS * 1000 + 1)).toBeUndefined()
})

test('points are in order and each once', () => {
  expect(wantedOffsets({ type: 'points', seconds: [30, 3, 30, 0] }, 1000)).toEqual([0, 3, 30])
})

test('a count is spread over the film, or has its own gap; of a short film it is fewer', () => {
  expect(wantedOffsets({ type: 'count', count: 4 }, 10_000)).toEqual([0, 2, 5, 7])
  expect(wantedOffsets({ type: 'count', count: 3, gapSeconds: 7 }, 10_000)).toEqual([0, 7, 14])
  expect(wantedOffsets({ type: 'count', count: 10 }, 3000)).toEqual([0, 1, 2])
})

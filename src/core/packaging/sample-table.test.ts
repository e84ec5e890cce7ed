import { expect, test } from 'vitest'
import { runsOf, sumOfRuns } from './runs.ts'
import type { SampleRun } from './sample.ts'
import { createSampleTable, joinTables } from './sample-table.ts'

const run = (decodeTime: number, durations: readonly number[], offsets: readonly number[]): SampleRun => ({
  decodeTime,
  samples: durations.map((duration, at) => ({
    ...{ sizeBytes: at + 1, duration, compositionOffset: offsets[at] ?? 0 },
    flags: at === 0 ? 0x2000000 : 0x1010000,
  })),
})

const tableOf = (...runs: readonly SampleRun[]) => {
  const table = createSampleTable()
  for (const one of runs) table.add(one)
  return table
}

test('a column is its runs', () => {
  expect(runsOf([3, 3, 0, 3])).toMatchObject({ values: [3, 0, 3], counts: [2, 1, 1] })
  expect([sumOfRuns(runsOf([3, 3, 0, 3])), sumOfRuns(runsOf([]))]).toEqual([9, 0])
})

test('the samples of a track are columns, and where decoding can begin is counted over all of it', () => {
  expect(tableOf(run(0, [10, 10], [20, 0]), run(20, [10, 11], [0, 0]))).toMatchObject({
    sizes: [1, 2, 1, 2],
    durations: { values: [10, 11], counts: [3, 1] },
    compositionOffsets: { values: [20, 0], counts: [1, 3] },
    syncs: [0, 2],
    segments: [
      { samples: 2, bytes: 3, decodeTime: 0 },
      { samples: 2, bytes: 3, decodeTime: 20 },
    ],
  })
})

test.each([
  ['meets it', 20, [10, 10, 10, 10]],
  ['begins a tick later', 21, [10, 11, 10, 10]],
  ['begins a tick earlier', 19, [10, 9, 10, 10]],
  ['begins before its last sample', 5, [10, 1, 10, 10]],
])('the last sample of a chunk lasts until the next one, which %s', (_, start, durations) => {
  const joined = joinTables([tableOf(run(0, [10, 10], [])), tableOf(run(start, [10, 10], [5, 5]))])
  expect(joined.durations).toMatchObject(runsOf(durations))
  expect(joined.compositionOffsets).toMatchObject(runsOf([0, 0, 5, 5]))
  expect([joined.sizes, joined.syncs]).toEqual([
    [1, 2, 1, 2],
    [0, 2],
  ])
  expect(joined.segments).toHaveLength(2)
})

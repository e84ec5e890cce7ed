import { expect, test } from 'vitest'
import { packRuns, unpackRuns } from './snapshot-columns.ts'

test.each([[[]], [[7]], [[0, 3]], [[0, 5, 10, 15]], [[3, 30, 90]], [[0, 1, 2, 10, 20, 30, 31]]])(
  '%j come back as they were',
  (numbers) => {
    expect(unpackRuns(packRuns(numbers))).toEqual(numbers)
  },
)

test('an interval is one run', () => {
  expect(packRuns(Array.from({ length: 7200 }, (_, n) => n * 12))).toEqual([[0, 12, 7200]])
})

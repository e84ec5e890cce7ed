/** A column of numbers that often repeat: each number, and how many times in a row. The tables of MP4 have them so, too. */
export interface Runs {
  readonly values: readonly number[]
  readonly counts: readonly number[]
}

export interface RunsBuilder extends Runs {
  readonly add: (value: number, count?: number) => void
}

export const createRuns = (): RunsBuilder => {
  const values: number[] = []
  const counts: number[] = []
  return {
    ...{ values, counts },
    add(value, count = 1) {
      const last = counts.length - 1
      if (values[last] === value) counts[last] = (counts[last] ?? 0) + count
      else if (count > 0) {
        values.push(value)
        counts.push(count)
      }
    },
  }
}

export const runsOf = (column: Iterable<number>): Runs => {
  const { add, ...runs } = createRuns()
  for (const value of column) add(value)
  return runs
}

export const sumOfRuns = ({ values, counts }: Runs): number =>
  values.reduce((sum, value, at) => sum + value * (counts[at] ?? 0), 0)

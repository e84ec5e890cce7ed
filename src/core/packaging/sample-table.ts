import { createRuns, type Runs, sumOfRuns } from './runs.ts'
import { isSync, type SampleRun, totalBytes } from './sample.ts'

/** The samples of a whole track as columns of numbers: hours of them fit into memory, while their bytes never do. */
export interface SampleTable {
  readonly sizes: readonly number[]
  readonly durations: Runs
  readonly compositionOffsets: Runs
  /** Positions of the samples at which decoding can begin. */
  readonly syncs: readonly number[]
  /** One per segment, in order. */
  readonly segments: readonly { readonly samples: number; readonly bytes: number; readonly decodeTime: number }[]
}

export interface SampleTableBuilder extends SampleTable {
  readonly add: (run: SampleRun) => void
}

export const createSampleTable = (): SampleTableBuilder => {
  const sizes: number[] = []
  const durations = createRuns()
  const compositionOffsets = createRuns()
  const syncs: number[] = []
  const segments: SampleTable['segments'][number][] = []
  return {
    ...{ sizes, durations, compositionOffsets, syncs, segments },
    add({ decodeTime, samples }) {
      segments.push({ samples: samples.length, bytes: totalBytes(samples), decodeTime })
      for (const sample of samples) {
        if (isSync(sample)) syncs.push(sizes.length)
        sizes.push(sample.sizeBytes)
        durations.add(sample.duration)
        compositionOffsets.add(sample.compositionOffset)
      }
    },
  }
}

/**
 * Tables of chunks that follow each other, as one. Where the decode times of two do not meet exactly, the sample between them lasts until the next
 * one: what encoders keep back differs by ticks.
 */
export const joinTables = (tables: readonly SampleTable[]): SampleTable => {
  const durations = createRuns()
  const compositionOffsets = createRuns()
  const syncs: number[] = []
  let samples = 0
  for (const [n, table] of tables.entries()) {
    const { values, counts } = table.durations
    const later = untilNext(table, tables[n + 1])
    const last = values.length - 1
    for (const [at, value] of values.entries()) {
      const count = counts[at] ?? 0
      durations.add(value, at === last ? count - 1 : count)
      if (at === last) durations.add(later === 0 ? value : Math.max(1, value + later))
    }
    for (const [at, value] of table.compositionOffsets.values.entries()) {
      compositionOffsets.add(value, table.compositionOffsets.counts[at])
    }
    for (const sync of table.syncs) syncs.push(samples + sync)
    samples += table.sizes.length
  }
  return {
    ...{ durations, compositionOffsets, syncs },
    sizes: tables.flatMap(({ sizes }) => sizes),
    segments: tables.flatMap(({ segments }) => segments),
  }
}

/** How much later than the table ends the next one begins. */
const untilNext = ({ durations, segments }: SampleTable, next: SampleTable | undefined): number => {
  const [start, end] = [segments[0]?.decodeTime, next?.segments[0]?.decodeTime]
  return start === undefined || end === undefined ? 0 : end - start - sumOfRuns(durations)
}

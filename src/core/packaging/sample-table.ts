import { isSync, type SampleRun, totalBytes } from './sample.ts'

/** The samples of a whole track as columns of numbers: hours of them fit into memory, while their bytes never do. */
export interface SampleTable {
  readonly sizes: readonly number[]
  readonly durations: readonly number[]
  readonly compositionOffsets: readonly number[]
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
  const durations: number[] = []
  const compositionOffsets: number[] = []
  const syncs: number[] = []
  const segments: SampleTable['segments'][number][] = []
  return {
    ...{ sizes, durations, compositionOffsets, syncs, segments },
    add({ decodeTime, samples }) {
      segments.push({ samples: samples.length, bytes: totalBytes(samples), decodeTime })
      for (const sample of samples) {
        if (isSync(sample)) syncs.push(sizes.length)
        sizes.push(sample.sizeBytes)
        durations.push(sample.duration)
        compositionOffsets.push(sample.compositionOffset)
      }
    },
  }
}

/**
 * Tables of chunks that follow each other, as one. Where the decode times of two do not meet exactly, the sample between them lasts until the next
 * one: what encoders keep back differs by ticks.
 */
export const joinTables = (tables: readonly SampleTable[]): SampleTable => {
  const counts = tables.map(({ sizes }) => sizes.length)
  const starts = counts.map((_, n) => counts.slice(0, n).reduce((sum, count) => sum + count, 0))
  return {
    sizes: tables.flatMap(({ sizes }) => sizes),
    durations: tables.flatMap((table, n) => meeting(table, tables[n + 1])),
    compositionOffsets: tables.flatMap(({ compositionOffsets }) => compositionOffsets),
    syncs: tables.flatMap(({ syncs }, n) => syncs.map((at) => at + (starts[n] ?? 0))),
    segments: tables.flatMap(({ segments }) => segments),
  }
}

const meeting = ({ durations, segments }: SampleTable, next: SampleTable | undefined): readonly number[] => {
  const [start, end] = [segments[0]?.decodeTime, next?.segments[0]?.decodeTime]
  if (start === undefined || end === undefined) return durations
  const others = durations.slice(0, -1)
  const last = end - start - others.reduce((sum, duration) => sum + duration, 0)
  return [...others, Math.max(1, last)]
}

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

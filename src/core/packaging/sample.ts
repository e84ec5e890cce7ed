/** One frame or audio packet. Times in the track's timescale. */
export interface Sample {
  readonly sizeBytes: number
  readonly duration: number
  /** As in ISO/IEC 14496-12, 8.8.3.1. */
  readonly flags: number
  /** Presentation minus decode time; may be negative. */
  readonly compositionOffset: number
}

/** Samples that follow each other in decode order. */
export interface SampleRun {
  readonly decodeTime: number
  readonly samples: readonly Sample[]
}

const NON_SYNC = 0x10000

/** Decoding can begin here. */
export const isSync = ({ flags }: Sample): boolean => (flags & NON_SYNC) === 0

export const totalDuration = (samples: readonly Sample[]): number =>
  samples.reduce((sum, { duration }) => sum + duration, 0)

/** When the first of them is shown, in the time of the track's media. */
export const earliestPresentation = ({ decodeTime, samples }: SampleRun): number => {
  let at = decodeTime
  let first = Number.POSITIVE_INFINITY
  for (const { duration, compositionOffset } of samples) {
    first = Math.min(first, at + compositionOffset)
    at += duration
  }
  return first
}

export const totalBytes = (samples: readonly Sample[]): number =>
  samples.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)

import type { RangedBytes } from './file-boxes.ts'
import { sliceSamples } from './join-samples.ts'
import { type MovieSamples, totalBytes } from './movie-samples.ts'
import type { TrackHeader } from './track-header.ts'

/** A track of a film of somebody else's. */
export interface MovieTrack {
  readonly header: Omit<TrackHeader, 'defaults'>
  /** What it is cut between: its samples; where reading all of them would take long, whole fragments, as if each were one. */
  readonly units: MovieSamples
  /** Frames, or packets of sound, in a second. */
  readonly frameRate: number
  /** The samples in some of the units. */
  readonly samplesIn: (units: UnitRange, read: RangedBytes['read']) => Promise<MovieSamples>
  /** In memory while a segment of some of the units is made, at most. */
  readonly mostBytesIn: (units: UnitRange) => number
}

/** What is known of a sample while its bytes are read. */
export const BYTES_PER_SAMPLE = 512

/** Without `end`. */
export interface UnitRange {
  readonly first: number
  readonly end: number
}

/** The first track of each kind, as players choose. */
export interface Movie {
  /** There are more of a kind, which are not looked at. */
  readonly hasOthers?: true
  readonly video?: MovieTrack
  readonly audio?: MovieTrack
}

/** Of which all samples are known. */
export const tableTrack = (header: MovieTrack['header'], samples: MovieSamples): MovieTrack => ({
  header,
  units: samples,
  frameRate: frameRateOf(samples, header.timescale),
  samplesIn: async ({ first, end }) => sliceSamples(samples, first, end),
  mostBytesIn: ({ first, end }) =>
    totalBytes({ sizes: samples.sizes.subarray(first, end) }) + (end - first) * BYTES_PER_SAMPLE,
})

export const frameRateOf = ({ count, decodeTimes }: MovieSamples, timescale: number): number =>
  (count * timescale) / ((decodeTimes[count] ?? 0) - (decodeTimes[0] ?? 0) || 1)

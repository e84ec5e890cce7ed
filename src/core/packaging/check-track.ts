import type { TrackSegment } from './track-part.ts'

/** The numbers of a track that was cut: all that checking and playlists need, without the bytes. */
export interface CutTrack {
  /** For findings, e.g. `720p` or `audio`. */
  readonly name: string
  readonly timescale: number
  readonly segments: readonly Pick<TrackSegment, 'index' | 'startTicks' | 'durationTicks' | 'samples'>[]
}

export interface ExpectedTrack {
  /** Where the track begins on the asset's timeline. */
  readonly startSeconds: number
  /** Frames that the encoder says it wrote; left out for audio, whose encoder adds packets of priming and padding. */
  readonly samples?: number
  /** How far the start may be off. */
  readonly toleranceSeconds: number
}

/** What is wrong with a track, in plain sentences; empty when it is sound. */
export const checkTrack = (track: CutTrack, expected: ExpectedTrack): readonly string[] => {
  const first = track.segments[0]
  if (!first) return [`${track.name} has no segments.`]
  return [...checkContinuity(track), ...checkExtent(track, expected)]
}

/** Start of each segment and end of the last, in seconds. */
export const boundaries = ({ segments, timescale }: CutTrack): readonly number[] => {
  const last = segments.at(-1)
  const ticks = segments.map(({ startTicks }) => startTicks)
  return (last ? [...ticks, last.startTicks + last.durationTicks] : ticks).map((at) => at / timescale)
}

export const countSamples = ({ segments }: CutTrack): number => segments.reduce((sum, { samples }) => sum + samples, 0)

const checkContinuity = ({ name, segments }: CutTrack): readonly string[] => {
  const findings: string[] = []
  let end = segments[0]?.startTicks ?? 0
  for (const [at, segment] of segments.entries()) {
    if (segment.index !== at) findings.push(`${name}: segment ${segment.index} stands where segment ${at} belongs.`)
    if (segment.samples <= 0 || segment.durationTicks <= 0) findings.push(`${name}: segment ${at} is empty.`)
    if (segment.startTicks > end)
      findings.push(`${name}: ${segment.startTicks - end} ticks are missing before segment ${at}.`)
    if (segment.startTicks < end)
      findings.push(`${name}: segment ${at} overlaps the one before by ${end - segment.startTicks} ticks.`)
    end = segment.startTicks + segment.durationTicks
  }
  return findings
}

const checkExtent = (track: CutTrack, expected: ExpectedTrack): readonly string[] => {
  const findings: string[] = []
  const start = boundaries(track)[0] ?? 0
  if (Math.abs(start - expected.startSeconds) > expected.toleranceSeconds) {
    findings.push(`${track.name} begins at ${seconds(start)} instead of ${seconds(expected.startSeconds)}.`)
  }
  if (expected.samples !== undefined && countSamples(track) !== expected.samples) {
    findings.push(`${track.name} has ${countSamples(track)} frames, but ${expected.samples} were encoded.`)
  }
  return findings
}

/** Milliseconds are as fine as a person can use. */
export const seconds = (value: number): string => `${value.toFixed(3)} s`

export interface MeasuredTrack {
  readonly timescale: number
  readonly segments: readonly { readonly durationTicks: number; readonly sizeBytes: number }[]
}

export interface Bandwidth {
  /** Bits per second. */
  readonly peak: number
  readonly average: number
}

/**
 * What playing these tracks together takes (a rung and its audio). By RFC 8216, 4.1 and 4.3.4.2, the peak is the sum of the
 * tracks' peaks, and a track's peak is the highest rate of neighbouring segments that last 0.5 to 1.5 target durations:
 * so a single short segment at the end does not count.
 */
export const measureBandwidth = (tracks: readonly MeasuredTrack[], targetSeconds: number): Bandwidth => ({
  peak: tracks.reduce((sum, track) => sum + peakOf(track, targetSeconds), 0),
  average: tracks.reduce((sum, track) => sum + averageOf(track), 0),
})

const averageOf = ({ timescale, segments }: MeasuredTrack): number => {
  const ticks = segments.reduce((sum, { durationTicks }) => sum + durationTicks, 0)
  const bytes = segments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  return ticks === 0 ? 0 : (bytes * 8 * timescale) / ticks
}

const peakOf = (track: MeasuredTrack, targetSeconds: number): number => {
  const targetTicks = targetSeconds * track.timescale
  let peak = averageOf(track)
  for (const from of track.segments.keys()) {
    let ticks = 0
    let bytes = 0
    for (const { durationTicks, sizeBytes } of track.segments.slice(from, from + MOST_NEIGHBOURS)) {
      ticks += durationTicks
      bytes += sizeBytes
      if (ticks > 1.5 * targetTicks) break
      if (ticks >= 0.5 * targetTicks) peak = Math.max(peak, (bytes * 8 * track.timescale) / ticks)
    }
  }
  return peak
}

/** Segments on a grid are never so short that more of them matter; keeps a damaged track from costing quadratic time. */
const MOST_NEIGHBOURS = 16

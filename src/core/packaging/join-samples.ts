import type { MovieSamples } from './movie-samples.ts'
import { TrackDefect } from './track-defect.ts'

/** Tables that follow each other in decode order as one. Time between two of them belongs to the sample before it. */
export const joinSamples = (pieces: readonly MovieSamples[]): MovieSamples => {
  const [only] = pieces
  if (only && pieces.length === 1) return only
  const count = pieces.reduce((sum, piece) => sum + piece.count, 0)
  const joined = {
    count,
    positions: new Float64Array(count),
    sizes: new Uint32Array(count),
    decodeTimes: new Float64Array(count + 1),
    compositionOffsets: new Int32Array(count),
  }
  let at = 0
  for (const piece of pieces) {
    if (at > 0 && (piece.decodeTimes[0] ?? 0) < (joined.decodeTimes[at - 1] ?? 0)) {
      throw new TrackDefect('malformed', 'The track goes back in time between two fragments.')
    }
    joined.positions.set(piece.positions, at)
    joined.sizes.set(piece.sizes, at)
    joined.decodeTimes.set(piece.decodeTimes, at)
    joined.compositionOffsets.set(piece.compositionOffsets, at)
    at += piece.count
  }
  const syncs = joinSyncs(pieces)
  return { ...joined, ...(syncs && { syncs }) }
}

/** Samples `first` to `end` (without it) as a table of their own. */
export const sliceSamples = (samples: MovieSamples, first: number, end: number): MovieSamples => {
  const { positions, sizes, decodeTimes, compositionOffsets, syncs } = samples
  return {
    count: end - first,
    positions: positions.subarray(first, end),
    sizes: sizes.subarray(first, end),
    decodeTimes: decodeTimes.subarray(first, end + 1),
    compositionOffsets: compositionOffsets.subarray(first, end),
    ...(syncs && {
      syncs: syncs.subarray(lowerBound(syncs, first), lowerBound(syncs, end)).map((sync) => sync - first),
    }),
  }
}

const lowerBound = (ascending: Uint32Array, wanted: number): number => {
  let [low, high] = [0, ascending.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((ascending[middle] ?? 0) < wanted) low = middle + 1
    else high = middle
  }
  return low
}

const joinSyncs = (pieces: readonly MovieSamples[]): Uint32Array | undefined => {
  if (pieces.every(({ syncs }) => syncs === undefined)) return undefined
  const parts = pieces.map(({ syncs, count }) => syncs ?? Uint32Array.from({ length: count }, (_, n) => n))
  const joined = new Uint32Array(parts.reduce((sum, { length }) => sum + length, 0))
  let [before, at] = [0, 0]
  for (const [n, part] of parts.entries()) {
    joined.set(
      part.map((sync) => sync + before),
      at,
    )
    at += part.length
    before += pieces[n]?.count ?? 0
  }
  return joined
}

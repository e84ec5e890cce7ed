import { MOST_SEGMENT_BYTES, MOST_SEGMENT_SAMPLES } from './cut-movie.ts'
import { type FileBoxes, fileBoxes } from './file-boxes.ts'
import type { FragmentIndex } from './fragment-index.ts'
import { joinSamples, sliceSamples } from './join-samples.ts'
import { AHEAD_BYTES, type FragmentBounds, readFragments } from './movie-fragments.ts'
import { type MovieSamples, totalBytes } from './movie-samples.ts'
import { BYTES_PER_SAMPLE, frameRateOf, type MovieTrack, type UnitRange } from './movie-track.ts'
import { TrackDefect } from './track-defect.ts'
import type { SampleDefaults } from './track-header.ts'

/** What players hold, and seek to the beginning of. */
const MOST_FRAGMENT_SECONDS = 15
/** Writers round, or leave edit lists out. */
const MOST_OFF_SECONDS = 0.5
/** Of a segment, whoever asks for it; and of the ends of a film. */
const BOUNDS: FragmentBounds = { heads: 200, samples: 100_000, bytes: 8 << 20 }

const MOST_AHEAD_BYTES = 16 << 20
/** Heads, with what was read ahead of them (`fileBoxes`). */
const MOST_HEAD_BYTES = 4 * MOST_AHEAD_BYTES

/**
 * A track that is cut between the fragments that an index names. Only the first and the last one are read at first: indexes differ in what their times
 * mean, so that the last one tells how far they are off. Throws `TrackDefect` where the index cannot be relied upon.
 */
export const indexedTrack = async (
  header: MovieTrack['header'],
  { positions, times }: FragmentIndex,
  { file, defaults }: { readonly file: FileBoxes; readonly defaults: ReadonlyMap<number, SampleDefaults> },
): Promise<MovieTrack> => {
  const count = times.length
  // Not the file: it has what was read of it in memory.
  const { sizeBytes } = file
  const bytesIn = ({ first, end }: UnitRange): number => (positions[end] ?? 0) - (positions[first] ?? 0)
  const piecesIn = async (
    from: FileBoxes,
    { first, end }: UnitRange,
    mostAhead = AHEAD_BYTES,
  ): Promise<readonly MovieSamples[]> => {
    const range = { from: positions[first] ?? 0, until: positions[end] ?? 0 }
    const aheadBytes = Math.min(range.until - range.from, mostAhead)
    const pieces =
      (await readFragments(from, { ...range, aheadBytes, defaults, bounds: BOUNDS })).get(header.trackId) ?? []
    if (pieces.length < end - first) throw unusable()
    return pieces
  }
  if (count === 0 || !positions.every((position, n) => n === 0 || position > (positions[n - 1] ?? 0))) throw unusable()
  const first = joinSamples(await piecesIn(file, { first: 0, end: 1 }))
  const last = count > 1 ? joinSamples(await piecesIn(file, { first: count - 1, end: count })) : first
  const units = unitsOf({ header, positions, times, first, last })
  return {
    ...{ header, units },
    frameRate: frameRateOf(first, header.timescale),
    async samplesIn({ first, end }, read) {
      const from = fileBoxes({ sizeBytes, read })
      // Their heads lie among the bytes that are wanted next.
      const pieces = await piecesIn(from, { first, end }, MOST_AHEAD_BYTES)
      // Where the last sample ends only the next fragment knows.
      const [next] = end < count ? await piecesIn(from, { first: end, end: end + 1 }) : []
      const samples = joinSamples(next ? [...pieces, sliceSamples(next, 0, 0)] : pieces)
      const seconds = (presentationOfFirst(header, samples) - (units.decodeTimes[first] ?? 0)) / header.timescale
      if (Math.abs(seconds) > MOST_OFF_SECONDS || totalBytes(samples) > bytesIn({ first, end })) throw unusable()
      return samples
    },
    mostBytesIn: (range) =>
      Math.min(bytesIn(range), MOST_HEAD_BYTES) +
      Math.min(bytesIn(range), MOST_SEGMENT_BYTES) +
      MOST_SEGMENT_SAMPLES * BYTES_PER_SAMPLE,
  }
}

interface Ends extends FragmentIndex {
  readonly header: MovieTrack['header']
  readonly first: MovieSamples
  readonly last: MovieSamples
}

/** Fragments as if they were samples, shown when they are decoded. */
const unitsOf = ({ header, positions, times, first, last }: Ends): MovieSamples => {
  const count = times.length
  const shift = presentationOfFirst(header, last) - (times[count - 1] ?? 0)
  const decodeTimes = new Float64Array(count + 1)
  for (const [n, time] of times.entries()) decodeTimes[n] = time + shift
  decodeTimes[0] = presentationOfFirst(header, first)
  decodeTimes[count] = endOf(last)
  for (let n = 0; n < count; n += 1) {
    const ticks = (decodeTimes[n + 1] ?? 0) - (decodeTimes[n] ?? 0)
    if (ticks <= 0 || ticks > MOST_FRAGMENT_SECONDS * header.timescale) {
      throw unusable()
    }
  }
  const bytesOf = (n: number) => (positions[n + 1] ?? 0) - (positions[n] ?? 0)
  // Of what lies between two positions a part is that of other tracks.
  const share = (totalBytes(first) + totalBytes(last)) / (bytesOf(0) + bytesOf(count - 1))
  return {
    ...{ count, decodeTimes, positions: positions.subarray(0, count) },
    sizes: Uint32Array.from(times, (_, n) => bytesOf(n) * Math.min(share, 1)),
    compositionOffsets: new Int32Array(count),
    syncs: Uint32Array.from(times, (_, n) => n),
  }
}

const presentationAt = ({ decodeTimes, compositionOffsets }: MovieSamples, n: number): number =>
  (decodeTimes[n] ?? 0) + (compositionOffsets[n] ?? 0)

/** In the time of the media. Throws unless a segment can begin with it: it is a keyframe, and no picture behind it is shown before it. */
const presentationOfFirst = ({ kind }: MovieTrack['header'], samples: MovieSamples): number => {
  const presentation = presentationAt(samples, 0)
  const isFirst = samples.compositionOffsets.every((_, n) => presentationAt(samples, n) >= presentation)
  if ((kind === 'audio' || samples.syncs?.[0] === 0) && isFirst) return presentation
  throw unusable()
}

const endOf = (samples: MovieSamples): number =>
  samples.compositionOffsets.reduce(
    (end, offset, n) => Math.max(end, (samples.decodeTimes[n + 1] ?? 0) + offset),
    Number.NEGATIVE_INFINITY,
  )

const unusable = () => new TrackDefect('malformed', 'The fragments of the film are not as their index has them.')

import { findBox, requireBox } from './boxes.ts'
import { type FieldReader, readFields } from './read-bytes.ts'
import { TrackDefect } from './track-defect.ts'

/** The samples of a track in decode order as columns, 24 bytes for each; times in the track's timescale. */
export interface MovieSamples {
  readonly count: number
  /** In the file. */
  readonly positions: Float64Array
  readonly sizes: Uint32Array
  /** One more than there are samples: the last one is where the track ends. */
  readonly decodeTimes: Float64Array
  readonly compositionOffsets: Int32Array
  /** Numbers of the samples at which decoding can begin; absent: all. */
  readonly syncs?: Uint32Array
}

/** Four hours at 240 frames per second. Each costs memory, and a table of a few bytes can announce billions. */
const MOST_SAMPLES = 4_000_000

/** The sample tables of an `stbl` (ISO/IEC 14496-12, 8.6 to 8.7). Throws `TrackDefect` where they contradict each other. */
export const readMovieSamples = (stbl: Uint8Array): MovieSamples => {
  const sizes = readSizes(stbl)
  const syncs = readSyncs(stbl, sizes.length)
  return {
    count: sizes.length,
    sizes,
    positions: readPositions(stbl, sizes),
    decodeTimes: readDecodeTimes(requireBox(stbl, ['stts']), sizes.length),
    compositionOffsets: readCompositionOffsets(stbl, sizes.length),
    ...(syncs && { syncs }),
  }
}

const readSizes = (stbl: Uint8Array): Uint32Array => {
  const fields = readFields(requireBox(stbl, ['stsz']))
  fields.skip(4)
  const same = fields.u32()
  const count = fields.u32()
  if (count > MOST_SAMPLES) throw new TrackDefect('unsupported', 'The track has too many samples.')
  return same > 0 ? new Uint32Array(count).fill(same) : Uint32Array.from({ length: count }, () => fields.u32())
}

/** Entries of a table behind version and flags. */
function* entries<T>(payload: Uint8Array, read: (fields: FieldReader) => T): Generator<T> {
  const fields = readFields(payload)
  fields.skip(4)
  for (let left = fields.u32(); left > 0; left -= 1) yield read(fields)
}

const pair = (fields: FieldReader) => ({ count: fields.u32(), value: fields.u32() })

const readDecodeTimes = (stts: Uint8Array, count: number): Float64Array => {
  const times = new Float64Array(count + 1)
  let at = 0
  let time = 0
  for (const run of entries(stts, pair)) {
    // A last run that says more than there are samples is common.
    for (const end = Math.min(at + run.count, count); at < end; at += 1) {
      times[at] = time
      time += run.value
    }
  }
  if (at < count) throw contradiction()
  times[count] = time
  return times
}

/** Signed whatever the version says: files of version 0 have negative ones, and positive ones never need the last bit. */
const readCompositionOffsets = (stbl: Uint8Array, count: number): Int32Array => {
  const offsets = new Int32Array(count)
  const ctts = findBox(stbl, ['ctts'])
  if (!ctts) return offsets
  let at = 0
  for (const run of entries(ctts, pair)) {
    const end = Math.min(at + run.count, count)
    offsets.fill(run.value | 0, at, end)
    at = end
  }
  return offsets
}

const readSyncs = (stbl: Uint8Array, count: number): Uint32Array | undefined => {
  const stss = findBox(stbl, ['stss'])
  if (!stss) return undefined
  const syncs = Uint32Array.from(entries(stss, (fields) => fields.u32() - 1))
  const isAscending = syncs.every((sync, n) => sync < count && (n === 0 || sync > (syncs[n - 1] ?? 0)))
  if (!isAscending) throw contradiction()
  return syncs
}

/** Chunks lie anywhere; the samples of one lie one after the other. */
const readPositions = (stbl: Uint8Array, sizes: Uint32Array): Float64Array => {
  const positions = new Float64Array(sizes.length)
  const chunks = readChunks(stbl)
  const runs = [
    ...entries(requireBox(stbl, ['stsc']), (fields) => {
      const run = { firstChunk: fields.u32() - 1, samples: fields.u32() }
      fields.skip(4)
      return run
    }),
  ]
  let sample = 0
  for (const [n, { firstChunk, samples }] of runs.entries()) {
    const end = Math.min(runs[n + 1]?.firstChunk ?? chunks.length, chunks.length)
    for (let chunk = firstChunk; chunk < end && sample < sizes.length; chunk += 1) {
      let position = chunks[chunk] ?? 0
      for (const last = Math.min(sample + samples, sizes.length); sample < last; sample += 1) {
        positions[sample] = position
        position += sizes[sample] ?? 0
      }
    }
  }
  if (sample < sizes.length) throw contradiction()
  return positions
}

const readChunks = (stbl: Uint8Array): Float64Array => {
  const stco = findBox(stbl, ['stco'])
  return stco
    ? Float64Array.from(entries(stco, (fields) => fields.u32()))
    : Float64Array.from(entries(requireBox(stbl, ['co64']), (fields) => fields.u64()))
}

const contradiction = () => new TrackDefect('malformed', 'The tables of the track contradict each other.')

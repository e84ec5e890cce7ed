import { findBox, requireBox } from './boxes.ts'
import { readFields } from './read-bytes.ts'
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

/** A day at 29 frames per second. Each costs memory, and a table of a few bytes can announce billions. */
export const MOST_SAMPLES = 2_500_000

/**
 * The sample tables of an `stbl` (ISO/IEC 14496-12, 8.6 to 8.7), in time that their size bounds. Throws `TrackDefect` where they contradict each
 * other, or name bytes that the file does not have.
 */
export const readMovieSamples = (stbl: Uint8Array, fileBytes: number): MovieSamples => {
  const sizes = readSizes(requireBox(stbl, ['stsz']))
  const positions = readPositions(stbl, sizes)
  requireInside({ positions, sizes }, fileBytes)
  const syncs = readSyncs(stbl, sizes.length)
  return {
    ...{ count: sizes.length, sizes, positions },
    decodeTimes: readDecodeTimes(requireBox(stbl, ['stts']), sizes.length),
    compositionOffsets: readCompositionOffsets(stbl, sizes.length),
    ...(syncs && { syncs }),
  }
}

/** Throws for samples of which the file does not have all bytes. */
export const requireInside = (
  { positions, sizes }: Pick<MovieSamples, 'positions' | 'sizes'>,
  fileBytes: number,
): void => {
  for (const [n, position] of positions.entries()) {
    if (position < 0 || position + (sizes[n] ?? 0) > fileBytes) {
      throw new TrackDefect('cut_off', 'The file ends before its samples.')
    }
  }
}

export const totalBytes = ({ sizes }: Pick<MovieSamples, 'sizes'>): number => sizes.reduce((sum, size) => sum + size, 0)

/** Rows of numbers of 4 bytes behind version, flags and their count. */
const tableOf = (payload: Uint8Array, columns: number, most: number) => {
  const fields = readFields(payload)
  fields.skip(4)
  const rows = fields.u32()
  if (rows > most || rows * columns * 4 > fields.left()) throw contradiction()
  const view = new DataView(payload.buffer, payload.byteOffset + 8)
  return { rows, at: (row: number, column: number): number => view.getUint32((row * columns + column) * 4) }
}

const readSizes = (stsz: Uint8Array): Uint32Array => {
  const fields = readFields(stsz)
  fields.skip(4)
  const same = fields.u32()
  const count = fields.u32()
  if (count > MOST_SAMPLES) throw new TrackDefect('unsupported', 'The track has too many samples.')
  return same > 0 ? new Uint32Array(count).fill(same) : Uint32Array.from({ length: count }, () => fields.u32())
}

const readDecodeTimes = (stts: Uint8Array, count: number): Float64Array => {
  const times = new Float64Array(count + 1)
  const table = tableOf(stts, 2, count)
  let [sample, time] = [0, 0]
  for (let row = 0; row < table.rows; row += 1) {
    // A last run that says more than there are samples is common.
    for (const end = Math.min(sample + table.at(row, 0), count); sample < end; sample += 1) {
      times[sample] = time
      time += table.at(row, 1)
    }
  }
  if (sample < count) throw contradiction()
  times[count] = time
  return times
}

/** Signed whatever the version says: files of version 0 have negative ones, and positive ones never need the last bit. */
const readCompositionOffsets = (stbl: Uint8Array, count: number): Int32Array => {
  const offsets = new Int32Array(count)
  const ctts = findBox(stbl, ['ctts'])
  if (!ctts) return offsets
  const table = tableOf(ctts, 2, count)
  let sample = 0
  for (let row = 0; row < table.rows; row += 1) {
    const end = Math.min(sample + table.at(row, 0), count)
    offsets.fill(table.at(row, 1) | 0, sample, end)
    sample = end
  }
  if (sample < count) throw contradiction()
  return offsets
}

const readSyncs = (stbl: Uint8Array, count: number): Uint32Array | undefined => {
  const stss = findBox(stbl, ['stss'])
  if (!stss) return undefined
  const table = tableOf(stss, 1, count)
  const syncs = Uint32Array.from({ length: table.rows }, (_, row) => table.at(row, 0) - 1)
  const isAscending = syncs.every((sync, n) => sync < count && (n === 0 || sync > (syncs[n - 1] ?? 0)))
  if (!isAscending) throw contradiction()
  return syncs
}

/** Chunks lie anywhere; the samples of one lie one after the other. */
const readPositions = (stbl: Uint8Array, sizes: Uint32Array): Float64Array => {
  const positions = new Float64Array(sizes.length)
  const chunks = readChunks(stbl, sizes.length)
  const runs = tableOf(requireBox(stbl, ['stsc']), 3, chunks.length)
  let [sample, before] = [0, -1]
  for (let run = 0; run < runs.rows; run += 1) {
    const [first, samples] = [runs.at(run, 0) - 1, runs.at(run, 1)]
    if (first <= before || (run === 0 && first !== 0) || samples === 0) throw contradiction()
    before = first
    const end = Math.min(run + 1 < runs.rows ? runs.at(run + 1, 0) - 1 : chunks.length, chunks.length)
    for (let chunk = first; chunk < end && sample < sizes.length; chunk += 1) {
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

const readChunks = (stbl: Uint8Array, most: number): Float64Array => {
  const stco = findBox(stbl, ['stco'])
  const table = stco ? tableOf(stco, 1, most) : tableOf(requireBox(stbl, ['co64']), 2, most)
  const position = stco
    ? (row: number) => table.at(row, 0)
    : (row: number) => table.at(row, 0) * 2 ** 32 + table.at(row, 1)
  return Float64Array.from({ length: table.rows }, (_, row) => position(row))
}

const contradiction = () => new TrackDefect('malformed', 'The tables of the track contradict each other.')

import { readBoxes } from './boxes.ts'
import type { FileBoxes } from './file-boxes.ts'
import { type FieldReader, readFields } from './read-bytes.ts'
import { TrackDefect } from './track-defect.ts'

/** Where fragments of a track lie and begin. */
export interface FragmentIndex {
  /** In the file; one more than there are fragments: the last one is where they end. */
  readonly positions: Float64Array
  /** In the track's timescale, from wherever the writer counts. */
  readonly times: Float64Array
}

type Indexes = ReadonlyMap<number, FragmentIndex>

/** Of each track, by its number, as far as there are some. The first fragment of each begins at `from`, with all that is before it. */
export const readFragmentIndexes = async (
  file: FileBoxes,
  { from, timescales }: { readonly from: number; readonly timescales: ReadonlyMap<number, number> },
): Promise<Indexes> => {
  const atFront = await readSegmentIndexes(file, { from, timescales })
  return atFront.size > 0 ? atFront : readRandomAccess(file, from)
}

/** In front of the fragments (ISO/IEC 14496-12, 8.16.3). */
const readSegmentIndexes = async (
  file: FileBoxes,
  { from, timescales }: { readonly from: number; readonly timescales: ReadonlyMap<number, number> },
): Promise<Indexes> => {
  const found = new Map<number, FragmentIndex>()
  for (let [boxes, position] = [0, from]; boxes < MOST_BOXES_IN_FRONT && position < file.sizeBytes; boxes += 1) {
    const box = await file.boxAt(position)
    if (box.type === 'moof') break
    if (box.type === 'sidx') {
      const index = parseSegmentIndex(await file.payloadOf(box), { from, anchor: box.end, timescales })
      if (index && (await isWhole(file, index))) found.set(index.trackId, index)
    }
    position = box.end
  }
  return found
}

const MOST_BOXES_IN_FRONT = 16

const parseSegmentIndex = (
  sidx: Uint8Array,
  known: { readonly from: number; readonly anchor: number; readonly timescales: ReadonlyMap<number, number> },
): (FragmentIndex & { readonly trackId: number }) | undefined => {
  const fields = readFields(sidx)
  const wide = fields.u8() > 0
  fields.skip(3)
  const trackId = fields.u32()
  const scale = (known.timescales.get(trackId) ?? 0) / fields.u32()
  let time = wide ? fields.u64() : fields.u32()
  let position = known.anchor + (wide ? fields.u64() : fields.u32())
  fields.skip(2)
  const count = fields.u16()
  const [positions, times] = [new Float64Array(count + 1), new Float64Array(count)]
  for (let n = 0; n < count; n += 1) {
    const size = fields.u32()
    // Of other indexes, which would have to be read, too.
    if (size >= 2 ** 31) return
    times[n] = time * scale
    positions[n] = position
    position += size
    time += fields.u32()
    fields.skip(4)
  }
  positions[0] = known.from
  positions[count] = position
  return count > 0 && Number.isFinite(scale) ? { trackId, positions, times } : undefined
}

/** Files whose segments were put behind each other have an index for each. */
const isWhole = async (file: FileBoxes, { positions }: FragmentIndex): Promise<boolean> => {
  const end = positions.at(-1) ?? 0
  return end === file.sizeBytes || (end < file.sizeBytes && (await file.boxAt(end)).type === 'mfra')
}

const TAIL_BYTES = 256 << 10
const MFRO_BYTES = 16

/** At the end of the file (ISO/IEC 14496-12, 8.8.9 to 8.8.11): its last box says where it begins. */
const readRandomAccess = async (file: FileBoxes, from: number): Promise<Indexes> => {
  const tail = Math.min(TAIL_BYTES, file.sizeBytes - from)
  if (tail < MFRO_BYTES) return new Map()
  const fields = readFields((await file.bytesAt(file.sizeBytes - tail, tail)).subarray(-MFRO_BYTES))
  fields.skip(4)
  if (fields.fourCc() !== 'mfro') return new Map()
  fields.skip(4)
  const start = file.sizeBytes - fields.u32()
  if (start < from) throw unusable()
  const mfra = await file.boxAt(start)
  if (mfra.type !== 'mfra' || mfra.end !== file.sizeBytes) throw unusable()
  const tracks = [...readBoxes(await file.payloadOf(mfra))].filter(({ type }) => type === 'tfra')
  return new Map(tracks.map(({ payload }) => parseRandomAccess(payload, { from, until: start })))
}

/** Only fragments that begin so are told from the one before them. */
const parseRandomAccess = (
  tfra: Uint8Array,
  { from, until }: { readonly from: number; readonly until: number },
): readonly [number, FragmentIndex] => {
  const fields = readFields(tfra)
  const wide = fields.u8() > 0
  fields.skip(3)
  const trackId = fields.u32()
  const lengths = fields.u32()
  const [trafBytes, trunBytes, sampleBytes] = [4, 2, 0].map((shift) => ((lengths >> shift) & 3) + 1)
  const count = fields.u32()
  if (count * 8 > fields.left()) throw unusable()
  const [positions, times]: [number[], number[]] = [[], []]
  for (let n = 0; n < count; n += 1) {
    const [time, position] = wide ? [fields.u64(), fields.u64()] : [fields.u32(), fields.u32()]
    fields.skip(trafBytes ?? 1)
    const isFirst = numberOf(fields, trunBytes) === 1 && numberOf(fields, sampleBytes) === 1
    if (!isFirst || position === positions.at(-1)) continue
    positions.push(position)
    times.push(time)
  }
  if (positions.length > 0) positions[0] = from
  return [trackId, { positions: Float64Array.from([...positions, until]), times: Float64Array.from(times) }]
}

const numberOf = (fields: FieldReader, bytes: number | undefined): number =>
  fields.bytes(bytes ?? 1).reduce((number, byte) => number * 256 + byte, 0)

const unusable = () => new TrackDefect('malformed', 'The index of the fragments cannot be used.')

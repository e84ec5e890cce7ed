import { findBox, readBoxes, requireBox } from './boxes.ts'
import { totalBytes } from './sample.ts'
import type { TrackInit, TrackSegment } from './track-part.ts'

/** Where pictures are described in a sample entry (ISO/IEC 14496-12, 12.1.3). */
const VISUAL_ENTRY_BYTES = 78

/**
 * Whether nothing in a segment needs what was before it: it begins with an IDR picture. Containers mark others too as places to begin,
 * behind which pictures may follow that refer back (open GOPs). For `avc1` and `hvc1`, by the init segment; of sound every segment is one.
 */
export const createIndependenceCheck = ({ kind, bytes }: TrackInit): ((segment: TrackSegment) => boolean) => {
  if (kind === 'audio') return () => true
  const isRandomAccess = createRandomAccessCheck(bytes)
  return (segment) => isRandomAccess(firstSample(segment))
}

/** The samples of a segment are its last bytes. */
const firstSample = ({ bytes, run: { samples } }: TrackSegment): Uint8Array => {
  const start = bytes.length - totalBytes(samples)
  return bytes.subarray(start, start + (samples[0]?.sizeBytes ?? 0))
}

/**
 * The parameter sets that stand in the first sample of a segment itself, as hex; empty where there are none. Where they change on the way the
 * picture may change its size, which no header of the track says.
 */
export const createParameterReader = ({ kind, bytes }: TrackInit): ((segment: TrackSegment) => string) => {
  const layout = kind === 'video' ? layoutOf(bytes) : undefined
  if (!layout) return () => ''
  return (segment) =>
    [...nalUnits(firstSample(segment), layout.lengthBytes)]
      .filter((unit) => layout.kindOf(unit[0] ?? 0) === 'parameters')
      .map((unit) => Buffer.from(unit).toString('hex'))
      .join(' ')
}

/** All slices of a picture are of one kind here. */
const createRandomAccessCheck = (init: Uint8Array): ((sample: Uint8Array) => boolean) => {
  const layout = layoutOf(init)
  return (sample) => {
    if (!layout) return false
    for (const unit of nalUnits(sample, layout.lengthBytes)) {
      const kind = layout.kindOf(unit[0] ?? 0)
      if (kind === 'idr' || kind === 'other') return kind === 'idr'
    }
    return false
  }
}

type UnitKind = 'idr' | 'other' | 'parameters'

interface Layout {
  /** Of the length before each NAL unit. */
  readonly lengthBytes: number
  readonly kindOf: (header: number) => UnitKind | undefined
}

/** `undefined` for anything but `avc1` and `hvc1`. */
const layoutOf = (init: Uint8Array): Layout | undefined => {
  const stsd = requireBox(init, ['moov', 'trak', 'mdia', 'minf', 'stbl', 'stsd'])
  const [entry] = readBoxes(stsd.subarray(8))
  const children = entry?.payload.subarray(VISUAL_ENTRY_BYTES) ?? new Uint8Array()
  // One less than the bytes stands in the lower two bits.
  const bytesIn = (sizes = 3) => (sizes & 3) + 1
  if (entry?.type === 'avc1') {
    return { lengthBytes: bytesIn(findBox(children, ['avcC'])?.[4]), kindOf: (header) => AVC[header & 0x1f] }
  }
  if (entry?.type === 'hvc1') {
    return { lengthBytes: bytesIn(findBox(children, ['hvcC'])?.[21]), kindOf: (header) => HEVC[(header >> 1) & 0x3f] }
  }
  return undefined
}

/** ISO/IEC 14496-10, table 7-1. */
const AVC: Readonly<Record<number, UnitKind>> = {
  ...{ 1: 'other', 2: 'other', 3: 'other', 4: 'other', 5: 'idr', 7: 'parameters', 8: 'parameters' },
}

/** ISO/IEC 23008-2, table 7-1: 16 to 20 are IDR and broken links; all others up to 31 are pictures that may refer back. */
const HEVC: Readonly<Record<number, UnitKind>> = {
  ...Object.fromEntries(
    Array.from({ length: 32 }, (_, type): [number, UnitKind] => [type, type >= 16 && type <= 20 ? 'idr' : 'other']),
  ),
  ...{ 32: 'parameters', 33: 'parameters', 34: 'parameters' },
}

function* nalUnits(sample: Uint8Array, lengthBytes: number): Generator<Uint8Array> {
  let at = 0
  while (at + lengthBytes < sample.length) {
    let length = 0
    for (let n = 0; n < lengthBytes; n += 1) length = length * 256 + (sample[at + n] ?? 0)
    yield sample.subarray(at + lengthBytes, at + lengthBytes + length)
    at += lengthBytes + length
  }
}

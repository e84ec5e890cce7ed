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

const createRandomAccessCheck = (init: Uint8Array): ((sample: Uint8Array) => boolean) => {
  const stsd = requireBox(init, ['moov', 'trak', 'mdia', 'minf', 'stbl', 'stsd'])
  const [entry] = readBoxes(stsd.subarray(8))
  const children = entry?.payload.subarray(VISUAL_ENTRY_BYTES) ?? new Uint8Array()
  if (entry?.type === 'avc1') return idrCheck(findBox(children, ['avcC'])?.[4], (header) => AVC[header & 0x1f])
  if (entry?.type === 'hvc1') return idrCheck(findBox(children, ['hvcC'])?.[21], (header) => HEVC[(header >> 1) & 0x3f])
  return () => false
}

type Slice = 'idr' | 'other'

/** Types of NAL units that hold pictures (ISO/IEC 14496-10, table 7-1). */
const AVC: Readonly<Record<number, Slice>> = { 1: 'other', 2: 'other', 3: 'other', 4: 'other', 5: 'idr' }

/** ISO/IEC 23008-2, table 7-1: 16 to 20 are IDR and broken links; all others up to 31 are pictures that may refer back. */
const HEVC: Readonly<Record<number, Slice>> = Object.fromEntries(
  Array.from({ length: 32 }, (_, type) => [type, type >= 16 && type <= 20 ? 'idr' : 'other']),
)

/** `sizes`: of its lower two bits, one less than the bytes of the length before each NAL unit. */
const idrCheck =
  (sizes: number | undefined, sliceOf: (header: number) => Slice | undefined) =>
  (sample: Uint8Array): boolean => {
    const lengthBytes = ((sizes ?? 3) & 3) + 1
    let at = 0
    while (at + lengthBytes < sample.length) {
      let length = 0
      for (let n = 0; n < lengthBytes; n += 1) length = length * 256 + (sample[at + n] ?? 0)
      const slice = sliceOf(sample[at + lengthBytes] ?? 0)
      // All slices of a picture are of one kind here.
      if (slice !== undefined) return slice === 'idr'
      at += lengthBytes + length
    }
    return false
  }

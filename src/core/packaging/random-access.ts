import { findBox, readBoxes, requireBox } from './boxes.ts'

/** Where pictures are described in a sample entry (ISO/IEC 14496-12, 12.1.3). */
const VISUAL_ENTRY_BYTES = 78

/**
 * Whether decoding can begin at a sample and nothing behind it needs what was before: an IDR picture. Containers mark others too, behind
 * which pictures may follow that refer back (open GOPs). For `avc1` and `hvc1`, by the init segment; `false` for anything else.
 */
export const createRandomAccessCheck = (init: Uint8Array): ((sample: Uint8Array) => boolean) => {
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

import { findBox, readBoxes, requireBox } from './boxes.ts'
import { type FieldReader, readFields } from './read-bytes.ts'

/** Where pictures are described in a sample entry (ISO/IEC 14496-12, 12.1.3). */
const VISUAL_ENTRY_BYTES = 78

/** `parameters`: sequence, picture and video parameter sets, without which nothing can be decoded. */
export type UnitKind = 'idr' | 'other' | 'parameters'

/** How the samples of a track are made of NAL units, and what its header says of all of them. */
export interface UnitLayout {
  /** Of the length before each NAL unit. */
  readonly lengthBytes: number
  readonly kindOf: (header: number) => UnitKind | undefined
  /** The parameter sets of the header. */
  readonly parameters: readonly Uint8Array[]
}

/** `undefined` for anything but `avc1` and `hvc1`, by the init segment. */
export const unitLayout = (init: Uint8Array): UnitLayout | undefined => {
  const stsd = requireBox(init, ['moov', 'trak', 'mdia', 'minf', 'stbl', 'stsd'])
  const [entry] = readBoxes(stsd.subarray(8))
  const children = entry?.payload.subarray(VISUAL_ENTRY_BYTES) ?? new Uint8Array()
  // One less than the bytes stands in the lower two bits.
  const bytesIn = (sizes = 3) => (sizes & 3) + 1
  if (entry?.type === 'avc1') {
    const avcC = findBox(children, ['avcC'])
    const kindOf = (header: number) => AVC[header & 0x1f]
    return { lengthBytes: bytesIn(avcC?.[4]), kindOf, parameters: avcC ? avcParameters(avcC) : [] }
  }
  if (entry?.type === 'hvc1') {
    const hvcC = findBox(children, ['hvcC'])
    const kindOf = (header: number) => HEVC[(header >> 1) & 0x3f]
    return { lengthBytes: bytesIn(hvcC?.[21]), kindOf, parameters: hvcC ? hevcParameters(hvcC) : [] }
  }
  return undefined
}

export function* nalUnits(sample: Uint8Array, lengthBytes: number): Generator<Uint8Array> {
  let at = 0
  while (at + lengthBytes < sample.length) {
    let length = 0
    for (let n = 0; n < lengthBytes; n += 1) length = length * 256 + (sample[at + n] ?? 0)
    yield sample.subarray(at + lengthBytes, at + lengthBytes + length)
    at += lengthBytes + length
  }
}

/** ISO/IEC 14496-15, 5.3.3.1.2: the sequence parameter sets, then those of pictures. */
const avcParameters = (avcC: Uint8Array): readonly Uint8Array[] => {
  const fields = readFields(avcC)
  fields.skip(5)
  return [...countedUnits(fields, fields.u8() & 0x1f), ...countedUnits(fields, fields.u8())]
}

/** ISO/IEC 14496-15, 8.3.3.1.2: an array for each kind. */
const hevcParameters = (hvcC: Uint8Array): readonly Uint8Array[] => {
  const fields = readFields(hvcC)
  fields.skip(22)
  return Array.from({ length: fields.u8() }, () => {
    fields.skip(1)
    return countedUnits(fields, fields.u16())
  }).flat()
}

const countedUnits = (fields: FieldReader, count: number): readonly Uint8Array[] =>
  Array.from({ length: count }, () => fields.bytes(fields.u16()))

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

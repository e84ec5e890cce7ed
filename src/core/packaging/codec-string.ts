import { findBox, requireBox } from './boxes.ts'
import { type FieldReader, readFields } from './read-bytes.ts'
import { TrackDefect } from './track-defect.ts'

/** Children of a sample entry begin after these many bytes of its payload (ISO/IEC 14496-12, 12.1.3 and 12.2.3). */
const VISUAL_ENTRY_BYTES = 78
const AUDIO_ENTRY_BYTES = 28

/** The codec as RFC 6381 writes it, from a sample entry's type and payload. */
export const codecString = (type: string, entry: Uint8Array): string => {
  switch (type) {
    case 'avc1':
    case 'avc3':
      return `${type}.${avcProfile(requireBox(entry.subarray(VISUAL_ENTRY_BYTES), ['avcC']))}`
    case 'hvc1':
    case 'hev1':
      return `${type}.${hevcProfile(requireBox(entry.subarray(VISUAL_ENTRY_BYTES), ['hvcC']))}`
    case 'mp4a':
      return `${type}.${audioObject(entry.subarray(AUDIO_ENTRY_BYTES))}`
    default:
      throw new TrackDefect('unsupported', `The track has a codec that cannot be packaged (${JSON.stringify(type)}).`)
  }
}

const hex = (value: number): string => value.toString(16).toUpperCase()

/** ISO/IEC 14496-15, 5.3.3.1.2: profile, compatibility flags, level. */
const avcProfile = (avcC: Uint8Array): string => {
  const fields = readFields(avcC)
  fields.skip(1)
  return [fields.u8(), fields.u8(), fields.u8()].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** ISO/IEC 14496-15, annex E.3: the compatibility flags in reverse bit order, the constraint bytes without trailing zeros. */
const hevcProfile = (hvcC: Uint8Array): string => {
  const fields = readFields(hvcC)
  fields.skip(1)
  const profile = fields.u8()
  const space = ['', 'A', 'B', 'C'][profile >> 6] ?? ''
  const compatibility = reverseBits(fields.u32())
  const constraints = [...fields.bytes(6)]
  const level = fields.u8()
  while (constraints.at(-1) === 0) constraints.pop()
  const tier = (profile & 0x20) === 0 ? 'L' : 'H'
  return [`${space}${profile & 0x1f}`, hex(compatibility), `${tier}${level}`, ...constraints.map(hex)].join('.')
}

const reverseBits = (value: number): number => {
  let reversed = 0
  for (let bit = 0; bit < 32; bit += 1) reversed = reversed * 2 + ((value >>> bit) & 1)
  return reversed
}

/** ISO/IEC 14496-1, 7.2.6: object type of the decoder configuration and, for MPEG-4 audio (0x40), the audio object type. */
const audioObject = (children: Uint8Array): string => {
  const esds = findBox(children, ['esds'])
  if (!esds) throw new TrackDefect('unsupported', 'The audio track does not say which codec it has.')
  const fields = readFields(esds)
  fields.skip(4)
  enterDescriptor(fields, 3)
  fields.skip(2)
  const present = fields.u8()
  if ((present & 0x80) !== 0) fields.skip(2)
  if ((present & 0x40) !== 0) fields.skip(fields.u8())
  if ((present & 0x20) !== 0) fields.skip(2)
  enterDescriptor(fields, 4)
  const objectType = fields.u8()
  if (objectType !== 0x40) return hex(objectType)
  fields.skip(12)
  enterDescriptor(fields, 5)
  const first = fields.u8()
  const audioObjectType = first >> 3
  return `40.${audioObjectType === 31 ? 32 + ((first & 7) << 3) + (fields.u8() >> 5) : audioObjectType}`
}

/** Tag, then a length in 1 to 4 bytes of 7 bits (FFmpeg always writes 4, others write 1). */
const enterDescriptor = (fields: FieldReader, tag: number): void => {
  if (fields.u8() !== tag)
    throw new TrackDefect('malformed', 'The audio track describes its codec in a way that cannot be read.')
  for (let byte = 0; byte < 4 && (fields.u8() & 0x80) !== 0; byte += 1);
}

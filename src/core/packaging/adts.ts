import { findBox, readBoxes, requireBox } from './boxes.ts'
import { readFields } from './read-bytes.ts'
import { TrackDefect } from './track-defect.ts'

/** What each frame of an ADTS stream repeats about its sound. */
export interface AdtsFormat {
  /** MPEG-4 audio object type, 1 to 4. Of HE-AAC it is that of the core: decoders find the rest by themselves. */
  readonly objectType: number
  readonly frequencyIndex: number
  readonly channels: number
}

export const ADTS_HEADER_BYTES = 7
/** As many as the 13 bits of the length hold, header included. */
const MOST_FRAME_BYTES = 8191

/** From the init segment of an AAC track. Throws `TrackDefect` for any other sound. */
export const adtsFormat = (init: Uint8Array): AdtsFormat => {
  const stsd = requireBox(init, ['moov', 'trak', 'mdia', 'minf', 'stbl', 'stsd'])
  const [entry] = readBoxes(stsd.subarray(8))
  const esds = entry?.type === 'mp4a' ? findBox(entry.payload.subarray(28), ['esds']) : undefined
  const config = esds && decoderConfig(esds)
  if (!config) throw new TrackDefect('unsupported', 'The sound is not AAC.')
  const bits = bitReader(config)
  const extended = bits(5)
  const frequencyIndex = bits(4)
  const channels = bits(4)
  // Spectral band replication and parametric stereo come before the core.
  const isExtended = extended === 5 || extended === 29
  if (isExtended && bits(4) === 15) bits(24)
  const objectType = isExtended ? bits(5) : extended
  if (objectType < 1 || objectType > 4 || frequencyIndex > 12 || channels === 0) {
    throw new TrackDefect('unsupported', 'The sound cannot be written as ADTS.')
  }
  return { objectType, frequencyIndex, channels }
}

/** The header of a frame of that many bytes (ISO/IEC 13818-7, 6.2). */
export const adtsHeader = ({ objectType, frequencyIndex, channels }: AdtsFormat, sizeBytes: number): Uint8Array => {
  const length = sizeBytes + ADTS_HEADER_BYTES
  if (length > MOST_FRAME_BYTES) throw new TrackDefect('unsupported', 'A packet of the sound is too large for ADTS.')
  return Uint8Array.of(
    0xff,
    0xf1,
    ((objectType - 1) << 6) | (frequencyIndex << 2) | (channels >> 2),
    ((channels & 3) << 6) | (length >> 11),
    (length >> 3) & 0xff,
    ((length & 7) << 5) | 0x1f,
    0xfc,
  )
}

/** Behind the tag 5 of the decoder-specific part; descriptors lie in each other, each with a length of 1 to 4 bytes. */
const decoderConfig = (esds: Uint8Array): Uint8Array | undefined => {
  const fields = readFields(esds)
  fields.skip(4)
  const enter = (): { tag: number; length: number } => {
    const tag = fields.u8()
    let length = 0
    for (let more = true; more; ) {
      const byte = fields.u8()
      length = length * 128 + (byte & 0x7f)
      more = (byte & 0x80) !== 0
    }
    return { tag, length }
  }
  enter()
  fields.skip(2)
  const present = fields.u8()
  if ((present & 0x80) !== 0) fields.skip(2)
  if ((present & 0x40) !== 0) fields.skip(fields.u8())
  if ((present & 0x20) !== 0) fields.skip(2)
  enter()
  if (fields.u8() !== 0x40) return undefined
  fields.skip(12)
  const { tag, length } = enter()
  return tag === 5 ? fields.bytes(length) : undefined
}

const bitReader = (bytes: Uint8Array) => {
  let at = 0
  return (count: number): number => {
    let value = 0
    for (let n = 0; n < count; n += 1) {
      value = value * 2 + (((bytes[at >> 3] ?? 0) >> (7 - (at & 7))) & 1)
      at += 1
    }
    return value
  }
}

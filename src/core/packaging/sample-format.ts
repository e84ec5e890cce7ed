import { findBox, readBoxes } from './boxes.ts'
import { readFields } from './read-bytes.ts'
import { TrackDefect } from './track-defect.ts'

/** Version, flags and count of an `stsd`. */
const HEADER_BYTES = 8
const VISUAL_ENTRY_BYTES = 78

const entryOf = (sampleDescriptions: Uint8Array): Uint8Array => {
  const [entry] = readBoxes(sampleDescriptions.subarray(HEADER_BYTES))
  if (!entry) throw new TrackDefect('malformed', 'The track does not describe its samples.')
  return entry.payload
}

/** From the sample descriptions of a sound. */
export const soundFormat = (
  sampleDescriptions: Uint8Array,
): { readonly channels: number; readonly sampleRate: number } => {
  const fields = readFields(entryOf(sampleDescriptions))
  fields.skip(16)
  const channels = fields.u16()
  fields.skip(6)
  return { channels, sampleRate: fields.u16() }
}

/** Shape of a pixel, from the sample descriptions of a picture. */
export const pixelAspect = (sampleDescriptions: Uint8Array): { readonly across: number; readonly down: number } => {
  const pasp = findBox(entryOf(sampleDescriptions).subarray(VISUAL_ENTRY_BYTES), ['pasp'])
  if (!pasp) return { across: 1, down: 1 }
  const fields = readFields(pasp)
  return { across: fields.u32() || 1, down: fields.u32() || 1 }
}

import { box, concat, findBox, readBoxes, requireBox, u16 } from './boxes.ts'
import { readFields } from './read-bytes.ts'

/** Payload of an audio sample entry up to its children: of MP4, and of QuickTime's version 1 (its file format specification, "Sound Sample Description"). */
const ENTRY_BYTES = 28
const QUICKTIME_ENTRY_BYTES = 44
/** `stsd`: version and flags, and how many entries there are. */
const HEADER_BYTES = 8

/** The sample descriptions of a sound as MP4 has them: those of MOV files have more fields, and keep the decoder's configuration in a box that browsers do not look into. */
export const plainSound = (stsd: Uint8Array): Uint8Array => {
  const [entry, other] = readBoxes(stsd.subarray(HEADER_BYTES))
  if (!entry || other || entry.payload.length < QUICKTIME_ENTRY_BYTES || versionOf(entry.payload) !== 1) return stsd
  const children = entry.payload.subarray(QUICKTIME_ENTRY_BYTES)
  const esds = findBox(children, ['esds']) ?? requireBox(children, ['wave', 'esds'])
  const fields = entry.payload.slice(0, ENTRY_BYTES)
  fields.set(u16(0), VERSION_AT)
  return concat([stsd.subarray(0, HEADER_BYTES), box(entry.type, fields, box('esds', esds))])
}

const VERSION_AT = 8

const versionOf = (entry: Uint8Array): number => readFields(entry.subarray(VERSION_AT)).u16()

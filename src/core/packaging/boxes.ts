import { readFields } from './read-bytes.ts'
import { TrackDefect } from './track-defect.ts'

/** A box of ISO/IEC 14496-12 in memory. */
export interface Box {
  readonly type: string
  readonly payload: Uint8Array
}

/** The boxes that lie one after the other in `bytes`. Sizes of 0 ("to the end") are refused: our encoder never writes them. */
export function* readBoxes(bytes: Uint8Array): Generator<Box> {
  const fields = readFields(bytes)
  while (fields.left() > 0) {
    const shortSize = fields.u32()
    const type = fields.fourCc()
    const headerSize = shortSize === 1 ? 16 : 8
    const size = shortSize === 1 ? fields.u64() : shortSize
    if (size < headerSize) throw new TrackDefect('malformed', `The track has a box (${type}) of impossible size.`)
    yield { type, payload: fields.bytes(size - headerSize) }
  }
}

/** The payload of the first box at the path, e.g. `['mdia', 'minf']`. */
export const findBox = (bytes: Uint8Array, path: readonly string[]): Uint8Array | undefined => {
  const [type, ...rest] = path
  if (type === undefined) return bytes
  for (const found of readBoxes(bytes)) {
    if (found.type === type) return findBox(found.payload, rest)
  }
  return undefined
}

export const requireBox = (bytes: Uint8Array, path: readonly string[]): Uint8Array => {
  const found = findBox(bytes, path)
  if (!found) throw new TrackDefect('malformed', `The track lacks a box (${path.join('/')}).`)
  return found
}

export const box = (type: string, ...parts: readonly Uint8Array[]): Uint8Array => concat(boxPieces(type, ...parts))

/** A box in pieces: tables of megabytes are not copied into each box around them. */
export const boxPieces = (type: string, ...parts: readonly Uint8Array[]): readonly Uint8Array[] => [
  u32(8 + lengthOf(parts)),
  ascii(type),
  ...parts,
]

/** A box with version and flags. */
export const fullBox = (
  type: string,
  { version, flags }: { readonly version: number; readonly flags: number },
  ...parts: readonly Uint8Array[]
): Uint8Array => box(type, u32(version * 2 ** 24 + flags), ...parts)

export const u16 = (...values: readonly number[]): Uint8Array => {
  const bytes = new Uint8Array(values.length * 2)
  const view = new DataView(bytes.buffer)
  values.forEach((value, at) => {
    view.setUint16(at * 2, value)
  })
  return bytes
}

export const u32 = (...values: readonly number[]): Uint8Array => u32List(values)

/** Up to 2^53. */
export const u64 = (value: number): Uint8Array => u32(Math.floor(value / 2 ** 32), value % 2 ** 32)

/** For lists too long to be arguments. Negative numbers are written as two's complement. */
export const u32List = (values: readonly number[] | Uint32Array): Uint8Array => {
  const bytes = new Uint8Array(values.length * 4)
  const view = new DataView(bytes.buffer)
  values.forEach((value, at) => {
    view.setUint32(at * 4, value)
  })
  return bytes
}

export const ascii = (text: string): Uint8Array => {
  const bytes = new Uint8Array(text.length)
  for (let at = 0; at < text.length; at += 1) bytes[at] = text.charCodeAt(at)
  return bytes
}

export const zeros = (count: number): Uint8Array => new Uint8Array(count)

export const concat = (parts: readonly Uint8Array[]): Uint8Array => {
  const whole = new Uint8Array(lengthOf(parts))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

export const lengthOf = (parts: readonly Uint8Array[]): number => parts.reduce((sum, { length }) => sum + length, 0)

import { TrackDefect } from './track-defect.ts'

/** Reads big-endian fields one after the other; throws `TrackDefect` instead of reading past the end. */
export interface FieldReader {
  readonly left: () => number
  readonly skip: (count: number) => void
  readonly bytes: (count: number) => Uint8Array
  readonly u8: () => number
  readonly u16: () => number
  readonly u32: () => number
  readonly i32: () => number
  readonly u64: () => number
  readonly i64: () => number
  readonly fourCc: () => string
}

export const readFields = (source: Uint8Array): FieldReader => {
  const view = new DataView(source.buffer, source.byteOffset, source.byteLength)
  let at = 0
  const advance = (count: number): number => {
    if (count < 0 || at + count > source.length) {
      throw new TrackDefect('malformed', 'The track has a header that ends before its last field.')
    }
    at += count
    return at - count
  }
  return {
    left: () => source.length - at,
    skip: (count) => void advance(count),
    bytes: (count) => {
      const from = advance(count)
      return source.subarray(from, from + count)
    },
    u8: () => view.getUint8(advance(1)),
    u16: () => view.getUint16(advance(2)),
    u32: () => view.getUint32(advance(4)),
    i32: () => view.getInt32(advance(4)),
    u64: () => exactly(view.getBigUint64(advance(8))),
    i64: () => exactly(view.getBigInt64(advance(8))),
    fourCc: () =>
      String.fromCharCode(
        view.getUint8(advance(1)),
        view.getUint8(advance(1)),
        view.getUint8(advance(1)),
        view.getUint8(advance(1)),
      ),
  }
}

const exactly = (value: bigint): number => {
  const number = Number(value)
  if (Number.isSafeInteger(number)) return number
  throw new TrackDefect('malformed', 'The track has a time or size that is too large to be real.')
}

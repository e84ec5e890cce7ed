import { readFields } from './read-bytes.ts'
import { TrackDefect } from './track-defect.ts'

/** An object that is read in ranges. */
export interface RangedBytes {
  readonly sizeBytes: number
  /** All of them, or it throws. */
  readonly read: (start: number, length: number) => Promise<Uint8Array>
  /** The same, put where the caller wants them. */
  readonly fill?: (target: Uint8Array, start: number) => Promise<void>
}

/** The outermost boxes of a file, read with what lies behind them: most are found without another read. */
export interface FileBoxes {
  readonly sizeBytes: number
  /** The one that begins there. */
  readonly boxAt: (start: number, ahead?: number) => Promise<FileBox>
  readonly payloadOf: (box: FileBox) => Promise<Uint8Array>
  readonly bytesAt: (start: number, length: number) => Promise<Uint8Array>
}

/** Positions in the file. */
export interface FileBox {
  readonly type: string
  readonly start: number
  readonly payloadStart: number
  readonly end: number
}

/** One read finds the index at the front of most files, and what comes behind the samples in all others. */
const WINDOW_BYTES = 256 << 10
/** Tracks are looked for in the same places, one after the other. */
const WINDOWS = 4
/** Of a film of a day. */
const MOST_INDEX_BYTES = 64 << 20

export const fileBoxes = ({ sizeBytes, read }: RangedBytes): FileBoxes => {
  const windows: { readonly start: number; readonly bytes: Uint8Array }[] = []
  const at = async (start: number, length: number, ahead = WINDOW_BYTES): Promise<Uint8Array> => {
    if (start + length > sizeBytes) throw new TrackDefect('cut_off', 'The file ends before its index.')
    let window = windows.find((one) => start >= one.start && start + length <= one.start + one.bytes.length)
    if (!window) {
      const wanted = Math.min(Math.max(length, ahead), sizeBytes - start)
      window = { start, bytes: await read(start, wanted) }
      windows.unshift(window)
      windows.length = Math.min(windows.length, WINDOWS)
    }
    return window.bytes.subarray(start - window.start, start - window.start + length)
  }
  return {
    sizeBytes,
    bytesAt: (start, length) => at(start, length),
    async boxAt(start, ahead) {
      const header = readFields(await at(start, 8, ahead))
      const shortSize = header.u32()
      const type = header.fourCc()
      const headerSize = shortSize === 1 ? 16 : 8
      const size =
        shortSize === 1 ? readFields(await at(start + 8, 8)).u64() : shortSize === 0 ? sizeBytes - start : shortSize
      if (size < headerSize) throw new TrackDefect('malformed', 'The file has a box of impossible size.')
      return { type, start, payloadStart: start + headerSize, end: start + size }
    },
    payloadOf({ payloadStart, end }) {
      if (end - payloadStart > MOST_INDEX_BYTES) {
        throw new TrackDefect('unsupported', 'The index of the file is too large.')
      }
      return at(payloadStart, end - payloadStart)
    },
  }
}

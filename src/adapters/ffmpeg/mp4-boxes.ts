import { MediaFailure } from '../../core/processing/ports.ts'

/** Reads a few bytes of the file; shorter than asked for at its end. */
export type ReadBytes = (start: number, length: number) => Promise<Buffer>

const FIRST_BOXES: ReadonlySet<string> = new Set([
  'ftyp',
  'styp',
  'moov',
  'mdat',
  'wide',
  'free',
  'skip',
  'pnot',
  'uuid',
])
/** A fragmented file has two boxes per fragment: what follows the first ones is the decoder's business. */
const MAX_BOXES = 64

interface Box {
  readonly type: string
  readonly end: number
}

/**
 * Walks the top-level boxes of an MP4 or MOV by a few short reads and throws `MediaFailure` when the file ends too early:
 * the likeliest fault of uploads, for which FFmpeg has no clear words. Other files pass.
 */
export const checkMp4 = async (read: ReadBytes, sizeBytes: number): Promise<void> => {
  const seen = new Set<string>()
  let position = 0
  for (let n = 0; n < MAX_BOXES && position + 8 <= sizeBytes; n++) {
    const box = boxIn(await read(position, 16), position, sizeBytes)
    if (!box || (n === 0 && !FIRST_BOXES.has(box.type))) return
    seen.add(box.type)
    if (box.end > sizeBytes && ['mdat', 'moov', 'moof'].includes(box.type)) throw cutOff(box, seen, sizeBytes)
    position = box.end
  }
  if (seen.has('mdat') && !seen.has('moov') && position >= sizeBytes) throw withoutIndex()
}

const boxIn = (header: Buffer, start: number, sizeBytes: number): Box | undefined => {
  if (header.length < 8) return undefined
  const type = header.toString('latin1', 4, 8)
  const size = header.readUInt32BE(0)
  if (size === 0) return { type, end: sizeBytes }
  if (size === 1) return header.length < 16 ? undefined : { type, end: start + Number(header.readBigUInt64BE(8)) }
  return size < 8 ? undefined : { type, end: start + size }
}

const cutOff = (box: Box, seen: ReadonlySet<string>, sizeBytes: number): MediaFailure => {
  if (!seen.has('moov')) return withoutIndex()
  const reason = `the file is cut off: it has ${sizeBytes} bytes of at least ${box.end}`
  return new MediaFailure(reason, { permanent: true })
}

const withoutIndex = (): MediaFailure =>
  new MediaFailure('the upload is incomplete: the file ends before its index (moov)', { permanent: true })

import { type ByteQueue, createByteQueue } from './byte-queue.ts'
import { readFields } from './read-bytes.ts'
import { TrackDefect } from './track-defect.ts'

/** A top-level box as it came; the payload is in pieces, because joining a whole `mdat` would copy it once more. */
export interface StreamedBox {
  readonly type: string
  readonly headerSize: number
  readonly payload: readonly Uint8Array[]
}

/** No header that an encoder writes is larger; without a bound a damaged size would be buffered until memory ends. */
const LARGEST_HEADER_BYTES = 64 * 2 ** 20
const LARGEST_FRAGMENT_BYTES = 2 ** 31

/** Top-level boxes of a stream, whatever the chunks. The chunks must not be reused by their producer. */
export async function* streamBoxes(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<StreamedBox> {
  const queue = createByteQueue()
  for await (const chunk of bytes) {
    queue.push(chunk)
    for (let next = takeBox(queue); next; next = takeBox(queue)) yield next
  }
  if (queue.size() > 0) throw new TrackDefect('cut_off', 'The track ends in the middle of a fragment.')
}

const takeBox = (queue: ByteQueue): StreamedBox | undefined => {
  const header = peekHeader(queue)
  if (!header || queue.size() < header.size) return undefined
  queue.take(header.headerSize)
  return { type: header.type, headerSize: header.headerSize, payload: queue.take(header.size - header.headerSize) }
}

const peekHeader = (queue: ByteQueue): { type: string; headerSize: number; size: number } | undefined => {
  if (queue.size() < 8) return undefined
  const fields = readFields(queue.peek(16))
  const shortSize = fields.u32()
  const type = fields.fourCc()
  if (shortSize !== 1) return checked({ type, headerSize: 8, size: shortSize })
  return queue.size() < 16 ? undefined : checked({ type, headerSize: 16, size: fields.u64() })
}

const checked = (header: { type: string; headerSize: number; size: number }) => {
  const largest = header.type === 'mdat' ? LARGEST_FRAGMENT_BYTES : LARGEST_HEADER_BYTES
  if (header.size >= header.headerSize && header.size <= largest) return header
  throw new TrackDefect('malformed', `The track has a box (${JSON.stringify(header.type)}) of impossible size.`)
}

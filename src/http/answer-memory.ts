import type { Readable } from 'node:stream'
import type { OpenedObject } from '../core/shared/object-store.ts'
import { onceOver } from './once-over.ts'
import type { Exchange } from './send-object.ts'

/** Memory for answers that are sent whole. Used again and again: pages of fresh memory cost as much as the bytes that are read into them. */
export interface AnswerMemory {
  /** All bytes of an object, to be sent at once, in memory that is the answer's until it is over; or a stream of them where there is none for it. */
  readonly read: (opened: OpenedObject, exchange: Exchange) => Promise<Uint8Array | Readable>
}

/** Segments of all but the highest rates. */
const MOST_BYTES = 2 << 20
/** Slow viewers may hold all of them; the others lose nothing but speed. */
const MOST_ANSWERS = 16

export const createAnswerMemory = (): AnswerMemory => {
  const spare: Buffer[] = []
  let made = 0
  const find = (): Buffer | undefined => {
    const known = spare.pop()
    if (known || made === MOST_ANSWERS) return known
    made += 1
    return Buffer.allocUnsafeSlow(MOST_BYTES)
  }
  return {
    async read(opened, exchange) {
      const { info, fill, stream } = opened
      const memory = fill && info.sizeBytes <= MOST_BYTES ? find() : undefined
      if (!fill || !memory) return stream()
      const bytes = memory.subarray(0, info.sizeBytes)
      try {
        await fill(bytes)
      } catch (error) {
        spare.push(memory)
        throw error
      }
      const { request, reply } = exchange
      // Not before it is filled: somebody else would have it then while it is still written to.
      const isOver = request.raw.socket.destroyed || reply.raw.closed
      if (!isOver) onceOver(exchange, () => spare.push(memory))
      else spare.push(memory)
      return isOver ? new Uint8Array() : bytes
    },
  }
}

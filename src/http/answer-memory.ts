import { onceOver } from './once-over.ts'
import type { Exchange } from './send-object.ts'

/** Memory for answers that are sent whole. Used again and again: pages of fresh memory cost as much as the bytes that are read into them. */
export interface AnswerMemory {
  /** For so many bytes, until the answer is over. `undefined`: they are too many, or none is free, so that it is sent piece by piece. */
  readonly take: (bytes: number, exchange: Exchange) => Uint8Array | undefined
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
    take(bytes, exchange) {
      const { request, reply } = exchange
      // Nobody would give back what it took now.
      if (bytes > MOST_BYTES || request.raw.socket.destroyed || reply.raw.closed) return
      const memory = find()
      if (memory) onceOver(exchange, () => spare.push(memory))
      return memory?.subarray(0, bytes)
    },
  }
}

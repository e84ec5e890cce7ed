import fc from 'fast-check'
import { expect, test } from 'vitest'
import { concat } from './boxes.ts'
import { createByteQueue } from './byte-queue.ts'

test('whatever the pieces, the bytes come out in order, once, and without being copied', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 20 })), fc.array(fc.nat({ max: 30 })), (pieces, counts) => {
      const queue = createByteQueue()
      for (const piece of pieces) queue.push(piece)
      const whole = concat(pieces)
      let at = 0
      for (const count of counts) {
        expect(queue.peek(count)).toEqual(whole.slice(at, at + count))
        const taken = queue.take(count)
        expect(concat(taken)).toEqual(whole.slice(at, at + count))
        expect(taken.every((view) => pieces.some(({ buffer }) => buffer === view.buffer))).toBe(true)
        at = Math.min(at + count, whole.length)
        expect(queue.size()).toBe(whole.length - at)
      }
    }),
  )
})

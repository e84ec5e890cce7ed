import { expect, test } from 'vitest'
import { reusedMemory } from './reused-memory.ts'

test('what was given back is taken again, also by something a little larger', () => {
  const memory = reusedMemory()
  const one = memory.take(1000)
  expect(one).toHaveLength(1000)
  memory.give(one)
  const other = memory.take(1200)
  expect([other.buffer === one.buffer, other.length]).toEqual([true, 1200])
})

test('nobody gets what somebody else still has', () => {
  const memory = reusedMemory()
  const [one, other] = [memory.take(10), memory.take(10)]
  expect(one.buffer).not.toBe(other.buffer)
})

test('what has become too small makes way', () => {
  const memory = reusedMemory()
  memory.give(memory.take(10))
  const large = memory.take(1000)
  expect(large).toHaveLength(1000)
  memory.give(large)
  expect(memory.take(10).buffer).toBe(large.buffer)
  expect(memory.take(10).buffer).not.toBe(large.buffer)
})

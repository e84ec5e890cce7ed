import { expect, test } from 'vitest'
import { createByteRoom } from './byte-room.ts'

const patient = new AbortController().signal

test('who asks first gets in first, even if somebody behind needs less', async () => {
  const room = createByteRoom(10)
  const order: string[] = []
  const ask = async (name: string, bytes: number) => {
    if (await room.take(bytes, patient)) order.push(name)
  }
  const all = Promise.all([ask('first', 8), ask('large', 9), ask('small', 1)])
  await room.take(0, AbortSignal.abort())
  expect(order).toEqual(['first'])
  room.give(8)
  await all
  expect(order).toEqual(['first', 'large', 'small'])
})

test('who gives up lets in those behind', async () => {
  const room = createByteRoom(10)
  const impatient = new AbortController()
  expect(await room.take(8, patient)).toBe(true)
  const [large, small] = [room.take(9, impatient.signal), room.take(1, patient)]
  impatient.abort()
  expect([await large, await small]).toEqual([false, true])
  // What gave up took nothing.
  room.give(9)
  expect(await room.take(10, patient)).toBe(true)
})

import { expect, test } from 'vitest'
import { SharedCache } from './shared-cache.ts'

const cacheOf = (mostBytes: number) => new SharedCache<Uint8Array>({ mostBytes, bytesOf: ({ length }) => length })

test('what many ask for at once is made once, and kept', async () => {
  const cache = cacheOf(10)
  let made = 0
  const make = async () => {
    made += 1
    return new Uint8Array(4)
  }
  await Promise.all([cache.get('a', make), cache.get('a', make)])
  await cache.get('a', make)
  expect(made).toBe(1)
})

test('more that is being made than there is room for is all made; the ones asked for last stay', async () => {
  const cache = cacheOf(10)
  const names = Array.from({ length: 50 }, (_, n) => `${n}`)
  let made = 0
  const make = async () => {
    made += 1
    return new Uint8Array(4)
  }
  await Promise.all(names.map((name) => cache.get(name, make)))
  expect(made).toBe(50)
  await cache.get('49', make)
  expect(made).toBe(50)
  await cache.get('0', make)
  expect(made).toBe(51)
})

test('a failure is told to all who wait, and tried again by the next one', async () => {
  const cache = cacheOf(10)
  const fail = () => Promise.reject(new Error('away'))
  expect(await Promise.allSettled([cache.get('a', fail), cache.get('a', fail)])).toMatchObject([
    { status: 'rejected' },
    { status: 'rejected' },
  ])
  expect(await cache.get('a', async () => new Uint8Array(4))).toHaveLength(4)
})

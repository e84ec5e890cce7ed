import { createHash, randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { ObjectStore } from '../../src/core/shared/object-store.ts'
import { createAnswerMemory } from '../../src/http/answer-memory.ts'
import { sendObject } from '../../src/http/send-object.ts'
import { createLocalStore } from '../support/object-store.ts'
import { serve } from './served.ts'

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** `beforeFill` of each object that goes into memory, by its key. */
const serveObjects = async (
  sizes: readonly number[],
  beforeFill: (key: string, place: Uint8Array) => Promise<void> = async () => undefined,
) => {
  const local = await createLocalStore()
  await local.store.createBucket('films')
  const digests: string[] = []
  for (const [n, size] of sizes.entries()) {
    const bytes = randomBytes(size)
    digests.push(digest(bytes))
    await local.store.put({ bucket: 'films', key: `${n}.m4s` }, bytes, { contentType: 'video/mp4' })
  }
  const ways: ('memory' | 'stream')[] = []
  const store: ObjectStore = {
    ...local.store,
    async open(object) {
      const opened = await local.store.open(object)
      return (
        opened && {
          ...opened,
          stream() {
            ways.push('stream')
            return opened.stream()
          },
          async fill(place) {
            ways.push('memory')
            try {
              await beforeFill(object.key, place)
            } catch (error) {
              await opened.close()
              throw error
            }
            await opened.fill?.(place)
          },
        }
      )
    },
  }
  const memory = createAnswerMemory()
  const served = await serve([], {
    extend: (app) =>
      app.get('/:key', (request, reply) => {
        const { key } = request.params as { readonly key: string }
        const sent = { object: { bucket: 'films', key }, contentType: 'video/mp4', cacheControl: 'public' }
        return sendObject({ store, memory }, sent, { request, reply })
      }),
  })
  return {
    ...{ served, digests, ways },
    get: async (n: number) => {
      const { body } = await fetch(`${served.url}/${n}.m4s`)
      return body ? digest(await buffer(body)) : 'nothing'
    },
    async [Symbol.asyncDispose]() {
      await served[Symbol.asyncDispose]()
      await local[Symbol.asyncDispose]()
    },
  }
}

const SEGMENT_BYTES = 1.5 * 2 ** 20
const ask = (key: string): string => `GET /${key} HTTP/1.1\r\nhost: a\r\n\r\n`

test('however many ask at the same time, each gets the bytes of its own object', async () => {
  await using objects = await serveObjects(Array.from({ length: 6 }, (_, n) => SEGMENT_BYTES + n))
  const { digests, ways, get } = objects
  for (let round = 0; round < 5; round += 1) {
    const got = await Promise.all(Array.from({ length: 30 }, (_, n) => get(n % 6)))
    expect(got).toEqual(Array.from({ length: 30 }, (_, n) => digests[n % 6]))
  }
  expect(ways.filter((way) => way === 'memory').length).toBeGreaterThan(60)
})

test('memory that is still being filled for a viewer who has left is nobody else’s', async () => {
  const [begun, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const places: ArrayBufferLike[] = []
  await using objects = await serveObjects([SEGMENT_BYTES, SEGMENT_BYTES], async (key, place) => {
    places.push(place.buffer)
    if (key !== '0.m4s') return
    begun.resolve()
    await goOn.promise
  })
  const { served, digests, get } = objects
  const left = connect(served.port, '127.0.0.1')
  left.write(ask('0.m4s'))
  await begun.promise
  left.destroy()
  await expect.poll(() => left.closed).toBe(true)
  await setImmediate()
  expect(await get(1)).toBe(digests[1])
  expect(places[1]).not.toBe(places[0])
  goOn.resolve()
  // Now it is free, and whoever comes gets it.
  await expect
    .poll(async () => [await get(1), places.at(-1) === places[0]], { timeout: 10_000 })
    .toEqual([digests[1], true])
})

test('while viewers who read nothing hold what there is, others are answered; when they have gone it is free again', async () => {
  await using objects = await serveObjects([SEGMENT_BYTES])
  const { served, digests, ways, get } = objects
  const stuck = Array.from({ length: 20 }, () => connect(served.port, '127.0.0.1').pause())
  try {
    // More than a connection holds that nobody reads.
    for (const socket of stuck) for (let n = 0; n < 6; n += 1) socket.write(ask('0.m4s'))
    await expect.poll(() => ways.filter((way) => way === 'stream').length, { timeout: 10_000 }).toBeGreaterThan(3)
    expect(await get(0)).toBe(digests[0])
  } finally {
    for (const socket of stuck) socket.destroy()
  }
  await expect.poll(async () => [await get(0), ways.at(-1)], { timeout: 10_000 }).toEqual([digests[0], 'memory'])
})

test('what cannot be read is told, and its memory free again', async () => {
  let isBroken = true
  await using objects = await serveObjects([SEGMENT_BYTES], async () => {
    if (isBroken) throw new Error('the disk reports an input/output error')
  })
  const { served, digests, ways, get } = objects
  const statuses = await Promise.all(
    Array.from({ length: 40 }, async () => (await fetch(`${served.url}/0.m4s`)).status),
  )
  // Some found no memory, and were streamed.
  expect(statuses.filter((status) => status >= 500).length).toBeGreaterThan(15)
  isBroken = false
  expect([await get(0), ways.at(-1)]).toEqual([digests[0], 'memory'])
})

test.each([
  ['what is too large is streamed', 5_000_000, 'stream'],
  ['an empty object is sent all the same', 0, 'memory'],
] as const)('%s', async (_, size, way) => {
  await using objects = await serveObjects([size])
  expect([await objects.get(0), objects.ways]).toEqual([objects.digests[0], [way]])
})

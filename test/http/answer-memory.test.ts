import { createHash, randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { createAnswerMemory } from '../../src/http/answer-memory.ts'
import { sendObject } from '../../src/http/send-object.ts'
import { createLocalStore } from '../support/object-store.ts'
import { serve } from './served.ts'

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** Objects of a megabyte and a half, each other bytes, and how many of them were read into memory that is used again. */
const serveObjects = async (count: number) => {
  const local = await createLocalStore()
  await local.store.createBucket('films')
  const digests: string[] = []
  for (let n = 0; n < count; n += 1) {
    const bytes = randomBytes(1.5 * 2 ** 20 + n)
    digests.push(digest(bytes))
    await local.store.put({ bucket: 'films', key: `${n}.m4s` }, bytes, { contentType: 'video/mp4' })
  }
  const memory = createAnswerMemory()
  const taken: boolean[] = []
  const served = await serve([], {
    extend: (app) =>
      app.get('/:key', (request, reply) => {
        const { key } = request.params as { readonly key: string }
        const take: typeof memory.take = (...wanted) => {
          const place = memory.take(...wanted)
          taken.push(place !== undefined)
          return place
        }
        const sent = { object: { bucket: 'films', key }, contentType: 'video/mp4', cacheControl: 'public' }
        return sendObject({ store: local.store, memory: { take } }, sent, { request, reply })
      }),
  })
  return {
    served,
    digests,
    taken,
    async [Symbol.asyncDispose]() {
      await served[Symbol.asyncDispose]()
      await local[Symbol.asyncDispose]()
    },
  }
}

test('however many ask at the same time and slowly, each gets the bytes of its own object', async () => {
  await using objects = await serveObjects(6)
  const { served, digests, taken } = objects
  const get = async (n: number) => {
    const response = await fetch(`${served.url}/${n % 6}.m4s`)
    const chunks: Uint8Array[] = []
    for await (const chunk of response.body ?? []) {
      chunks.push(chunk)
      if (chunks.length % 4 === 0) await new Promise(setImmediate)
    }
    return digest(Buffer.concat(chunks))
  }
  for (let round = 0; round < 5; round += 1) {
    const got = await Promise.all(Array.from({ length: 30 }, (_, n) => get(n)))
    expect(got).toEqual(Array.from({ length: 30 }, (_, n) => digests[n % 6]))
  }
  expect(taken.filter((isTaken) => isTaken).length).toBeGreaterThan(60)
})

test('while viewers who read nothing hold what there is, others are answered; when they have gone it is free again', async () => {
  await using objects = await serveObjects(1)
  const { served, digests, taken } = objects
  const whole = async () => digest(new Uint8Array(await (await fetch(`${served.url}/0.m4s`)).arrayBuffer()))
  const stuck = Array.from({ length: 20 }, () => connect(served.port, '127.0.0.1').pause())
  try {
    for (const socket of stuck) {
      // More than a connection holds that nobody reads.
      for (let n = 0; n < 6; n += 1) socket.write('GET /0.m4s HTTP/1.1\r\nhost: a\r\n\r\n')
    }
    await expect.poll(() => taken.filter((isTaken) => !isTaken).length, { timeout: 10_000 }).toBeGreaterThan(3)
    expect(await whole()).toBe(digests[0])
  } finally {
    for (const socket of stuck) socket.destroy()
  }
  await expect.poll(async () => [await whole(), taken.at(-1)], { timeout: 10_000 }).toEqual([digests[0], true])
})

test('what is too large, or empty, is sent all the same', async () => {
  await using local = await createLocalStore()
  await local.store.createBucket('films')
  for (const [key, size] of [
    ['large', 5_000_000],
    ['empty', 0],
  ] as const) {
    await local.store.put({ bucket: 'films', key }, Buffer.alloc(size, 'a'), { contentType: 'video/mp4' })
  }
  await using served = await serve([], {
    extend: (app) =>
      app.get('/:key', (request, reply) => {
        const { key } = request.params as { readonly key: string }
        const sent = { object: { bucket: 'films', key }, contentType: 'video/mp4', cacheControl: 'public' }
        return sendObject({ store: local.store, memory: createAnswerMemory() }, sent, { request, reply })
      }),
  })
  for (const [key, size] of [
    ['large', 5_000_000],
    ['empty', 0],
  ] as const) {
    const response = await fetch(`${served.url}/${key}`)
    expect([response.status, (await response.arrayBuffer()).byteLength]).toEqual([200, size])
  }
})

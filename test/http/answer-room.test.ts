import { connect, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { createAnswerRoom } from '../../src/http/answer-room.ts'
import { sendBytes } from '../../src/http/send-object.ts'
import { until } from '../support/until.ts'
import { type Served, serve } from './served.ts'

/** More than a connection takes that nobody reads. */
const ANSWER_BYTES = 32 << 20

interface Bounds {
  readonly answers: number
  readonly patienceMs?: number
  readonly sendingMs?: number
}

/** `/made/{name}` is made when the test says so, `/at-once/{name}` at once, and `/small/{name}` comes to less than was thought. */
const serveMade = async ({ answers, patienceMs = 60_000, sendingMs = 60_000 }: Bounds) => {
  const hold = createAnswerRoom({ totalBytes: answers * ANSWER_BYTES, patienceMs, sendingMs })
  const made: string[] = []
  const asked: string[] = []
  const making: PromiseWithResolvers<Uint8Array>[] = []
  const bytes = Buffer.alloc(ANSWER_BYTES, 'a')
  const served = await serve([], {
    extend: (app) =>
      app.get('/:when/:name', (request, reply) => {
        const { when, name } = request.params as { readonly when: string; readonly name: string }
        asked.push(name)
        const make = async () => {
          made.push(name)
          if (when === 'at-once') return bytes
          if (when === 'small') return bytes.subarray(0, 3)
          const one = Promise.withResolvers<Uint8Array>()
          making.push(one)
          return one.promise
        }
        const headers = { contentType: 'video/mp4', cacheControl: 'public' }
        return sendBytes(hold, { name, mostBytes: ANSWER_BYTES, make, ...headers }, { request, reply })
      }),
  })
  const get = async (path: string) => {
    const response = await fetch(served.url + path)
    return { status: response.status, headers: response.headers, length: (await response.arrayBuffer()).byteLength }
  }
  return { served, made, asked, making, bytes, get, [Symbol.asyncDispose]: () => served[Symbol.asyncDispose]() }
}

/** Asks, and reads nothing of the answers. */
const askOnly = async ({ port }: Served, ...paths: readonly string[]): Promise<Socket> => {
  const socket = connect(port, '127.0.0.1').pause()
  // It may be cut off.
  socket.on('error', () => undefined)
  for (const path of paths) socket.write(`GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`)
  return socket
}

test('what is asked for at the same time is made once, and again when nobody has it any more', async () => {
  await using room = await serveMade({ answers: 1 })
  const answers = [room.get('/made/a'), room.get('/made/a'), room.get('/made/a')]
  await until('all have asked', async () => room.asked.length === 3)
  room.making[0]?.resolve(room.bytes)
  expect((await Promise.all(answers)).map(({ status, length }) => [status, length])).toEqual(
    answers.map(() => [200, ANSWER_BYTES]),
  )
  expect(room.made).toEqual(['a'])
  await until('it is made anew', async () => (await room.get('/at-once/a')) && room.made.length > 1)
})

test('who comes while it is sent to somebody gets the same', async () => {
  await using room = await serveMade({ answers: 1, patienceMs: 100 })
  const socket = await askOnly(room.served, '/at-once/a')
  await until('it is made', async () => room.made.length === 1)
  expect((await room.get('/at-once/a')).status).toBe(200)
  expect(room.made).toEqual(['a'])
  socket.destroy()
})

test('who finds no room is told to come again; there is some when a connection has ended', async () => {
  await using room = await serveMade({ answers: 2, patienceMs: 100 })
  const sockets = [await askOnly(room.served, '/at-once/a'), await askOnly(room.served, '/at-once/b')]
  await until('both are made', async () => room.made.length === 2)
  const { status, headers } = await room.get('/at-once/c')
  expect([status, headers.get('retry-after'), headers.get('cache-control')]).toEqual([503, '1', 'no-store'])
  sockets[0]?.destroy()
  await until('there is room', async () => (await room.get('/at-once/c')).status === 200)
  sockets[1]?.destroy()
})

test('who waits gets in as soon as the answer before has been sent', async () => {
  await using room = await serveMade({ answers: 1 })
  const first = room.get('/made/a')
  await until('the first one is made', async () => room.making.length === 1)
  const second = room.get('/at-once/b')
  await until('the second one waits', async () => room.asked.length === 2)
  expect(room.made).toEqual(['a'])
  room.making[0]?.resolve(room.bytes)
  expect([(await first).status, (await second).status]).toEqual([200, 200])
})

test('answers that stand behind another one on a connection that ends hold nothing any more', async () => {
  await using room = await serveMade({ answers: 2, patienceMs: 100 })
  const socket = await askOnly(room.served, '/made/a', '/at-once/b')
  await until('both are asked for', async () => room.made.length === 2)
  socket.destroy()
  room.making[0]?.resolve(room.bytes)
  for (const name of ['c', 'd']) {
    await until('there is room', async () => (await room.get(`/at-once/${name}`)).status === 200)
  }
  const both = await Promise.all([askOnly(room.served, '/at-once/e'), askOnly(room.served, '/at-once/f')])
  await until('there is room for two', async () => room.made.includes('e') && room.made.includes('f'))
  for (const one of both) one.destroy()
})

test('who does not take an answer in time is cut off', async () => {
  await using room = await serveMade({ answers: 1, sendingMs: 300 })
  const socket = await askOnly(room.served, '/at-once/a')
  await until('it is made', async () => room.made.length === 1)
  expect((await room.get('/small/b')).status).toBe(200)
  socket.destroy()
})

test('what comes to less than was thought leaves room for others', async () => {
  await using room = await serveMade({ answers: 2.5, patienceMs: 100 })
  // The second one cannot be sent before the first one.
  const socket = await askOnly(room.served, '/made/a', '/small/b')
  await until('both are asked for', async () => room.made.length === 2)
  expect((await room.get('/at-once/c')).status).toBe(200)
  socket.destroy()
})

test('a failure is told to all who wait, holds nothing, and is tried anew', async () => {
  await using room = await serveMade({ answers: 1, patienceMs: 100 })
  const answers = [room.get('/made/a'), room.get('/made/a')]
  await until('both have asked', async () => room.asked.length === 2)
  room.making[0]?.reject(new Error('away'))
  expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([500, 500])
  expect((await room.get('/at-once/a')).status).toBe(200)
})

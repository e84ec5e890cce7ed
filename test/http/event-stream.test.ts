import Type from 'typebox'
import { expect, test } from 'vitest'
import { writeEvents } from '../../src/http/event-stream.ts'
import { drain } from '../../src/http/server.ts'
import { type AnyOperation, defineOperation, eventsOf } from '../../src/wire/operation.ts'
import { call, PROJECT, serve } from './served.ts'

const Counted = Type.Object({ number: Type.Integer(), thing: Type.String() })

/** Counts to `end`, then goes on for as long as somebody listens. */
const counting = (end: number, onEnd: () => void = () => undefined): AnyOperation =>
  defineOperation({
    ...{ id: 'count', method: 'GET', path: '/telecine/v1/:project_id/things/:thing/count', summary: '', group: 'test' },
    query: Type.Object({ thing: Type.String({ maxLength: 5 }), from: Type.Optional(Type.Integer()) }),
    reply: eventsOf(Counted),
    ...{ successStatus: 200, failureStatus: 400, gaps: [] },
    async handle({ query: { thing, from = 1 } }, { signal }) {
      async function* events() {
        for (let number = from; number <= end; number++) yield { event: 'count', data: { number, thing } }
        if (end === 0) return
        if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
        onEnd()
      }
      return events()
    },
  })

const open = (url: string, init: RequestInit = {}) =>
  fetch(`${url}/telecine/v1/${PROJECT}/things/door/count?from=2&thing=window`, {
    ...init,
    headers: { 'x-auth-token': 'let-me-in' },
  })

const FIRST = 'retry: 2000\n\nevent: count\ndata: {"number":2,"thing":"door"}\n\n'

/** The text up to where it first ends so. */
const readTo = async (body: ReadableStream<Uint8Array> | null, ending: string) => {
  const reader = body?.getReader()
  const decoder = new TextDecoder()
  let text = ''
  while (reader && !text.endsWith(ending)) {
    const { value, done } = await reader.read()
    if (done) break
    text += decoder.decode(value)
  }
  return { text, reader }
}

test('events go out as they come, and a server that drains ends the stream in order', async () => {
  const served = await serve([counting(2)])
  const response = await open(served.url)
  expect([response.status, response.headers.get('content-type'), response.headers.get('cache-control')]).toEqual([
    ...[200, 'text/event-stream; charset=utf-8', 'no-store'],
  ])
  const { text, reader } = await readTo(response.body, '}\n\n')
  // What the path says counts, whatever the query says.
  expect(text).toBe(FIRST)
  await drain(served.app, 60_000)
  expect((await reader?.read())?.done).toBe(true)
})

test('a caller who goes away ends the work behind the stream', async () => {
  const ended = Promise.withResolvers<void>()
  await using served = await serve([counting(2, ended.resolve)])
  const control = new AbortController()
  const response = await open(served.url, { signal: control.signal })
  await readTo(response.body, '}\n\n')
  control.abort()
  await ended.promise
})

test('what the path names is checked like any field, and refusals are answered before a stream begins', async () => {
  await using served = await serve([counting(2)])
  const path = `/telecine/v1/${PROJECT}/things`
  const long = await call(served, `${path}/wardrobe/count`)
  expect([long.status, long.body.error_code, long.body.error_msg]).toEqual([
    ...[400, 'VOD.10053', expect.stringContaining('illegal field: thing')],
  ])
  expect((await call(served, `${path}/door/count`, { headers: { 'x-auth-token': 'wrong' } })).status).toBe(401)
})

test('a stream of nothing is a stream', async () => {
  await using served = await serve([counting(0)])
  expect(await (await open(served.url)).text()).toBe('retry: 2000\n\n')
})

test('while nothing happens a comment keeps the connection open, and no event is lost to it', async () => {
  const event = Promise.withResolvers<{ readonly event: string; readonly data: unknown }>()
  async function* late() {
    yield await event.promise
  }
  const lines = writeEvents(late(), 1)
  const next = async () => (await lines.next()).value
  expect([await next(), await next(), await next()]).toEqual(['retry: 2000\n\n', ...Array(2).fill(': still here\n\n')])
  event.resolve({ event: 'end', data: { percent: 100 } })
  let line = await next()
  while (line === ': still here\n\n') line = await next()
  expect([line, (await lines.next()).done]).toEqual(['event: end\ndata: {"percent":100}\n\n', true])
})

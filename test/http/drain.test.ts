import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { drain } from '../../src/http/server.ts'
import { serve } from './served.ts'

test('a download that nobody reads ends with the patience of the drain', async () => {
  const other = await serve([], {
    extend: (app) => app.get('/endless', (_request, reply) => reply.send(createReadStream('/dev/zero'))),
  })
  const response = await fetch(`${other.url}/endless`)
  await drain(other.app, 100)
  await expect(response.arrayBuffer()).rejects.toThrow()
})

/** The client has all bytes, and the answer ends a moment later. */
async function* slowToEnd() {
  yield Buffer.alloc(1000)
  await delay(100)
}

test('a connection whose answer ends while the server closes is not kept alive', async () => {
  const other = await serve([], {
    extend: (app) =>
      app.get('/slow', (_request, reply) => reply.header('content-length', 1000).send(Readable.from(slowToEnd()))),
  })
  await (await fetch(`${other.url}/slow`)).arrayBuffer()
  // Longer than a test may take.
  await drain(other.app, 600_000)
})

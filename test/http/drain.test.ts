import { createReadStream } from 'node:fs'
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

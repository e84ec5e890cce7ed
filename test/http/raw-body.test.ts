import Fastify from 'fastify'
import { expect, test } from 'vitest'
import { keepRawBodies } from '../../src/http/raw-body.ts'
import { sendError } from '../../src/http/render-error.ts'

test('bodies beyond what may be held at once are refused until an answer sets some free', async () => {
  await using app = Fastify({ forceCloseConnections: true })
  keepRawBodies(app, 1000)
  app.setErrorHandler(sendError)
  const gate = Promise.withResolvers<void>()
  const entered = Promise.withResolvers<void>()
  app.post('/slow', async () => {
    entered.resolve()
    await gate.promise
    return {}
  })
  app.post('/quick', async (request) => ({ length: request.rawBody.length }))
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const post = (path: string) => fetch(url + path, { method: 'POST', body: 'x'.repeat(600) })

  const slow = post('/slow')
  await entered.promise
  const refused = await post('/quick')
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5'])
  expect(await refused.json()).toMatchObject({ error_code: 'APIGW.0308', request_id: expect.any(String) })
  gate.resolve()
  await (await slow).text()
  expect(await (await post('/quick')).json()).toEqual({ length: 600 })
})

import Fastify from 'fastify'
import { expect, test } from 'vitest'
import { type BodyLimits, type BodySender, keepRawBodies } from '../../src/http/raw-body.ts'
import { sendError } from '../../src/http/render-error.ts'
import { exchange } from './served.ts'

/** `/claimant` and `/stranger` read a body and answer its length, once `gate` is open. */
const listen = async ({ graceMs = 20_000, gate = Promise.resolve() }) => {
  const app = Fastify({ forceCloseConnections: true, trustProxy: true })
  const budget = { totalBytes: 1000, perAddressBytes: 700 }
  const limits: BodyLimits = { budgets: { claimant: budget, stranger: budget }, graceMs }
  keepRawBodies(app, limits)
  app.setErrorHandler(sendError)
  const held = Promise.withResolvers<void>()
  for (const sender of ['claimant', 'stranger'] satisfies readonly BodySender[]) {
    app.post(`/${sender}`, async (request) => {
      const { length } = await request.readBody(sender)
      held.resolve()
      await gate
      return { length }
    })
  }
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const post = (sender: BodySender, address: string, length: number) =>
    fetch(`${url}/${sender}`, {
      method: 'POST',
      headers: { 'x-forwarded-for': address },
      body: 'x'.repeat(length),
    })
  return { post, held: held.promise, port: Number(new URL(url).port), [Symbol.asyncDispose]: () => app.close() }
}

test('bodies beyond what one address, or all, may hold at once are refused until an answer sets some free', async () => {
  const gate = Promise.withResolvers<void>()
  await using served = await listen({ gate: gate.promise })
  const slow = served.post('stranger', '192.0.2.1', 600)
  await served.held
  const refused = await served.post('stranger', '192.0.2.1', 200)
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5'])
  expect(await refused.json()).toMatchObject({ error_code: 'APIGW.0308', request_id: expect.any(String) })
  expect((await served.post('stranger', '192.0.2.2', 500)).status, 'all together').toBe(503)
  const others = [served.post('stranger', '192.0.2.2', 200), served.post('claimant', '192.0.2.1', 600)]
  gate.resolve()
  for (const answer of [slow, ...others]) expect((await answer).status).toBe(200)
  expect(await (await served.post('stranger', '192.0.2.1', 700)).json()).toEqual({ length: 700 })
})

test('a body that comes too slowly is given up, and what it held is free again', async () => {
  await using served = await listen({ graceMs: 100 })
  const half = 'x'.repeat(600)
  const answer = await exchange(
    served.port,
    `POST /claimant HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 192.0.2.1\r\nContent-Length: 700\r\n\r\n${half}`,
  )
  expect(answer).toMatch(/^HTTP\/1.1 408 [\s\S]*"APIGW.0201"/)
  expect((await served.post('claimant', '192.0.2.1', 700)).status).toBe(200)
})

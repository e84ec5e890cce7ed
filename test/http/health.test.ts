import { expect, test } from 'vitest'
import { registerHealth } from '../../src/http/health.ts'
import { serve } from './served.ts'

const get = async (url: string) => {
  const response = await fetch(url)
  return [response.status, await response.json()]
}

test('the process is healthy while a part is not, and ready again when the part is', async () => {
  let database: Error | undefined = new Error('connection to 10.0.0.5 refused')
  const checks = {
    store: async () => undefined,
    database: async () => {
      if (database) throw database
    },
  }
  await using served = await serve([], { extend: (app) => registerHealth(app, checks) })
  expect(await get(`${served.url}/healthz`)).toEqual([200, { status: 'ok' }])
  expect(await get(`${served.url}/readyz`)).toEqual([
    503,
    { status: 'not ready', checks: { store: 'ok', database: 'failed' } },
  ])
  expect(served.log()).toContain('10.0.0.5')
  database = undefined
  expect(await get(`${served.url}/readyz`)).toEqual([200, { status: 'ready', checks: { store: 'ok', database: 'ok' } }])
})

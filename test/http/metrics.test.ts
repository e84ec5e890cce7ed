import { expect, test } from 'vitest'
import { isLocalUrl, registerMetrics } from '../../src/http/metrics.ts'
import { bearer } from '../support/metrics.ts'
import { serve } from './served.ts'

const metrics = { contentType: 'text/plain; version=0.0.4', text: async () => 'telecine_queue_tasks 1\n' }

const statusOf = async (url: string, headers: Readonly<Record<string, string>> = {}): Promise<number> =>
  (await fetch(`${url}/metrics`, { headers })).status

test('without a token this machine reads them, but not where a proxy on it may lead everybody here', async () => {
  let isPublic = false
  const deps = { metrics, token: undefined, isPublic: () => isPublic }
  await using served = await serve([], { extend: (app) => registerMetrics(app, deps) })
  expect(await statusOf(served.url)).toBe(200)
  isPublic = true
  expect(await statusOf(served.url)).toBe(404)
  expect(await statusOf(served.url, bearer('undefined'))).toBe(404)
})

test('with a token nobody reads them but who sends it, wherever from', async () => {
  const deps = { metrics, token: 'of-the-scraper', isPublic: () => false }
  await using served = await serve([], { extend: (app) => registerMetrics(app, deps) })
  expect(await statusOf(served.url)).toBe(404)
  expect(await statusOf(served.url, bearer('of-the-scrape'))).toBe(404)
  expect(await statusOf(served.url, bearer('of-the-scraper'))).toBe(200)
})

test('only a public URL of this machine counts as local', () => {
  expect(['http://127.0.0.1:8080', 'http://[::1]:8080', 'https://localhost'].map(isLocalUrl)).toEqual([
    true,
    true,
    true,
  ])
  expect(['http://10.0.0.5', 'https://127.0.0.1.example.com', 'http://[2001:db8::1]', ''].map(isLocalUrl)).toEqual([
    ...[false, false, false, false],
  ])
})

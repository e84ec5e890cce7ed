import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createEdgeCaches, type EdgeSettings } from '../../src/adapters/fetch/edge-caches.ts'

interface Asked {
  readonly method: string | undefined
  readonly path: string | undefined
  readonly headers: IncomingHttpHeaders
}

const asked: Asked[] = []
const edge = createServer((request, response) => {
  const { method, url = '', headers } = request
  asked.push({ method, path: url, headers })
  const [, status] = /^\/status\/(\d+)/.exec(url) ?? []
  if (url === '/silent') response.write('beginning')
  else if (url === '/breaks') response.write('beginning', () => response.destroy())
  else if (url === '/moved') response.writeHead(302, { location: '/elsewhere' }).end()
  else if (url === '/recovers') response.writeHead(asked.length === 1 ? 502 : 200).end('there')
  else response.writeHead(Number(status ?? 200)).end('ünd')
})
let base: string
beforeAll(async () => {
  await new Promise<void>((listening) => edge.listen(0, '127.0.0.1', listening))
  base = `http://127.0.0.1:${(edge.address() as AddressInfo).port}`
})
afterAll(() => {
  edge.closeAllConnections()
  edge.close()
})
beforeEach(() => {
  asked.length = 0
})

const signal = new AbortController().signal
const caches = (settings: Partial<EdgeSettings> = {}) =>
  createEdgeCaches({ edges: [base], purgeSecret: undefined, host: undefined, ...settings })
const pull = (path: string, settings?: Partial<EdgeSettings>) =>
  caches(settings).pull(base, { path, keepText: true }, signal)
const purge = (path: string, settings?: Partial<EdgeSettings>) => caches(settings).purge(base, path, signal)

describe('a pull', () => {
  test('asks for the path under the public host, and answers what came', async () => {
    const host = 'vod.example.com'
    expect(await pull('/asset/a%20b', { host })).toEqual({ type: 'answered', status: 200, text: 'ünd' })
    expect(asked).toMatchObject([{ method: 'GET', path: '/asset/a%20b', headers: { host, 'user-agent': 'telecine' } }])
    expect(asked[0]?.headers).not.toHaveProperty('range')
    await pull('/a')
    expect(asked[1]?.headers.host).toBe(new URL(base).host)
  })
  test('of a part asks for its bytes, and drops what is not wanted', async () => {
    const request = { path: '/a', keepText: false, beginningBytes: 100 }
    expect(await caches().pull(base, request, signal)).toEqual({ type: 'answered', status: 200, text: '' })
    expect(asked[0]?.headers.range).toBe('bytes=0-99')
  })
  test('follows no redirect', async () => {
    expect(await pull('/moved')).toMatchObject({ status: 302 })
    expect(asked).toHaveLength(1)
  })
  test('is tried again after an error of the edge, and not after an answer', async () => {
    expect(await pull('/recovers')).toMatchObject({ status: 200, text: 'there' })
    expect(asked).toHaveLength(2)
    expect(await pull('/status/404')).toMatchObject({ status: 404 })
    expect(asked).toHaveLength(3)
  })
  test.each([
    ['/silent', 'could not be read (silent for too long)'],
    ['/breaks', 'could not be read (ECONNRESET)'],
  ])('that %s is no answer', async (path, reason) => {
    expect(await pull(path, { silenceMs: 200 })).toEqual({ type: 'unanswered', reason })
    expect(asked).toHaveLength(3)
  })
  test('of an edge that is not there says so', async () => {
    const answer = await caches().pull('http://127.0.0.1:1', { path: '/a', keepText: true }, signal)
    expect(answer).toEqual({ type: 'unanswered', reason: 'could not be read (ECONNREFUSED)' })
  })
  test('ends with its signal', async () => {
    const cancelled = new AbortController()
    const pulling = caches().pull(base, { path: '/silent', keepText: true }, cancelled.signal)
    setTimeout(() => cancelled.abort(new Error('enough')), 50)
    await expect(pulling).rejects.toThrow()
  })
})

describe('a purge', () => {
  test('is the method PURGE with the secret, and without one where there is none', async () => {
    expect(await purge('/asset/a', { purgeSecret: 'hush' })).toBeUndefined()
    expect(asked).toMatchObject([{ method: 'PURGE', path: '/asset/a', headers: { 'x-purge-secret': 'hush' } }])
    await purge('/asset/a')
    expect(asked[1]?.headers).not.toHaveProperty('x-purge-secret')
  })
  test.each([204, 404, 410, 412])('that is answered with %i has left nothing there', async (status) => {
    expect(await purge(`/status/${status}`)).toBeUndefined()
  })
  test.each([
    [405, 'does not know PURGE (405)', true],
    [403, 'refused PURGE (403); it must know TELECINE_EDGE_PURGE_SECRET', true],
    [302, 'answered PURGE with 302', false],
  ])('that is answered with %i has failed', async (status, reason, isLasting) => {
    expect(await purge(`/status/${status}`)).toEqual({ reason, isLasting })
  })
})

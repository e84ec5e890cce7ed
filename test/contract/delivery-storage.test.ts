import { afterAll, beforeAll, expect, test } from 'vitest'
import { signReadUrl } from '../../src/adapters/object-store/signed-read.ts'
import type { AssetId } from '../../src/core/shared/ids.ts'
import { callOperation } from './asset-fixtures.ts'
import { FILES, get, insertDelivered, SOURCE_FILE } from './delivery-fixtures.ts'
import { type ContractServer, startContractServer } from './support.ts'

let server: ContractServer
let id: AssetId
let signed: URL
beforeAll(async () => {
  server = await startContractServer()
  id = await insertDelivered(server, { published: false })
  const { base_info: base } = await callOperation(server.tenant, 'showAssetDetail', { query: `asset_id=${id}` })
  signed = new URL(base.sign_url)
})
afterAll(() => server[Symbol.asyncDispose]())

const ask = (url: URL, sent: Parameters<typeof get>[2] = {}) => get(server, url.pathname + url.search, sent)

test('the address that details sign reads the source of an unpublished asset, whole or in part', async () => {
  expect(signed.origin).toBe(server.url)
  const whole = await ask(signed)
  expect([whole.status, whole.body]).toEqual([200, FILES[SOURCE_FILE]])
  expect(whole.headers).toMatchObject({
    ...{ 'cache-control': 'private, no-store', 'x-content-type-options': 'nosniff' },
    'content-type': 'application/octet-stream',
  })
  const part = await ask(signed, { headers: { range: 'bytes=4-9' } })
  expect([part.status, part.body]).toEqual([206, 'source'])
  expect((await ask(signed, { method: 'HEAD' })).status).toBe(200)
})

test('it holds for an hour', () => {
  const seconds = Number(signed.searchParams.get('Expires')) - Date.now() / 1000
  expect(seconds).toBeGreaterThan(3400)
  expect(seconds).toBeLessThan(3610)
})

const changed = (change: (url: URL) => void): URL => {
  const url = new URL(signed)
  change(url)
  return url
}

test.each([
  ['no signature', (url: URL) => url.searchParams.delete('Signature')],
  ['another signature', (url: URL) => url.searchParams.set('Signature', 'f'.repeat(64))],
  ['a longer life', (url: URL) => url.searchParams.set('Expires', '9999999999')],
  ['no end', (url: URL) => url.searchParams.delete('Expires')],
  [
    'another object',
    (url: URL) => {
      url.pathname = url.pathname.replace(SOURCE_FILE, 'private.txt')
    },
  ],
  [
    'another bucket',
    (url: URL) => {
      url.pathname = url.pathname.replace('/storage/vod-', '/storage/my-')
    },
  ],
  ['nothing at all', (url: URL) => Object.assign(url, { pathname: '/storage/', search: '' })],
])('with %s it is forbidden', async (_, change) => {
  const { status, body } = await ask(changed(change))
  expect([status, body]).toEqual([403, 'Forbidden\n'])
})

test('an address whose time has passed is forbidden', async () => {
  const { storageSecret, config } = server.foundation
  const object = { bucket: config.vodBucket, key: `${server.tenant.projectId}/${id}/${SOURCE_FILE}` }
  const settings = { publicUrl: server.url, secret: storageSecret }
  const at = (ms: number) => new URL(signReadUrl(settings, { object, expiresAt: new Date(Date.now() + ms) }))
  expect((await ask(at(-2000))).status).toBe(403)
  expect((await ask(at(60_000))).status).toBe(200)
})

test('it cannot be used to write', async () => {
  for (const method of ['PUT', 'POST', 'DELETE']) {
    expect((await ask(signed, { method })).status).toBeGreaterThanOrEqual(400)
  }
  expect((await ask(signed)).body).toBe(FILES[SOURCE_FILE])
})

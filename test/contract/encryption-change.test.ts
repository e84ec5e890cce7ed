import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AssetId } from '../../src/core/shared/ids.ts'
import { type KeyRing, openKeyRing } from '../../src/main/encryption.ts'
import { newAssetId, outcomeOf } from './asset-fixtures.ts'
import { get, insertDelivered, SOURCE_FILE } from './delivery-fixtures.ts'
import { type ContractServer, startContractServer } from './support.ts'

// The call that changes the encryption of an asset; what its task does is in encryption-tasks.test.ts.
let server: ContractServer
let ring: KeyRing
let id: AssetId
beforeAll(async () => {
  server = await startContractServer()
  ring = openKeyRing(server.foundation)
  id = newAssetId()
  await insertDelivered(server, { id, encryption: { key: ring.keys.make(id) } })
})
afterAll(() => server[Symbol.asyncDispose]())

const SOUND = { videoType: 'MP3', extraction: { from: newAssetId(), format: 'MP3' } } as const

const PATH = '/assets/encryption'
const change = (asset_id: string, more: object) => outcomeOf(server.tenant.native('PUT', PATH, { asset_id, ...more }))
const work = async (asset: AssetId) =>
  (await server.foundation.engine.workOf(asset)).map(({ kind, state }) => `${kind} ${state}`)

test('starts a task; a second one waits for its end', async () => {
  const clear = await insertDelivered(server)
  expect(await change(clear, { enabled: true })).toBe('accepted')
  expect(await work(clear)).toEqual(['rewrite queued'])
  expect(await change(clear, { enabled: false })).toBe('400 VOD.10083')
  await server.tenant.native('POST', '/assets/cancel', { asset_id: clear })
  expect((await server.foundation.reader.assetById(clear))?.encryption).toEqual({})
  expect(await change(clear, { enabled: true })).toBe('accepted')
})
test('to what is so already does nothing', async () => {
  const clear = await insertDelivered(server)
  expect(await change(clear, { enabled: false })).toBe('accepted')
  expect(await change(id, { enabled: true })).toBe('accepted')
  expect([await work(clear), await work(id)]).toEqual([[], []])
})
test.each([
  ['a transcode runs', { transcode: { state: 'running' } }, '400 VOD.10083'],
  ['there are no outputs', { transcode: { state: 'none' }, renditions: [] }, '409 TELECINE.0409'],
  ['no output is HLS', { renditions: [{ format: 'MP4' }] }, '409 TELECINE.0409'],
  ['it is a sound that was taken out', { ...SOUND, renditions: [] }, '409 TELECINE.0409'],
  ['the stream is the tenant’s own', { videoType: 'HLS' }, '409 TELECINE.0409'],
  ['the asset is deleted', { published: false, ingest: { state: 'deleted' } }, '404 VOD.10062'],
] as const)('is refused while %s', async (_, state, expected) => {
  const asset = await insertDelivered(server, state)
  expect(await change(asset, { enabled: true })).toBe(expected)
  expect(await work(asset)).toEqual([])
})
test('is made of outputs that are served, also after a later transcode failed', async () => {
  const asset = await insertDelivered(server, { transcode: { state: 'failed', reason: 'r' } })
  expect(await change(asset, { enabled: true })).toBe('accepted')
  expect(await work(asset)).toEqual(['rewrite queued'])
})
test.each([
  ['its first transcode was cancelled', { transcode: { state: 'none' }, renditions: [] }],
  ['its first transcode failed', { transcode: { state: 'failed', reason: 'r' }, renditions: [] }],
  ['its HLS outputs were deleted', { renditions: [{ format: 'MP4' }] }],
] as const)('switches a key off at once that protects nothing, as when %s', async (_, state) => {
  const asset = newAssetId()
  await insertDelivered(server, { id: asset, encryption: { key: ring.keys.make(asset) }, ...state })
  expect(await change(asset, { enabled: false })).toBe('accepted')
  expect([await work(asset), (await server.foundation.reader.assetById(asset))?.encryption]).toEqual([[], {}])
  expect((await get(server, `/asset/${asset}/${SOURCE_FILE}`)).status).toBe(200)
})
test('is refused for unknown assets, a rotation to nothing, and where players could not get a key', async () => {
  expect(await change(newAssetId(), { enabled: true })).toBe('400 VOD.10062')
  expect(await change(id, { enabled: false, rotate: true })).toBe('400 VOD.10053')
  await server.tenant.native('PUT', '/settings/key-url', { key_service: false })
  expect(await change(id, { enabled: true, rotate: true })).toBe('400 VOD.10100')
})

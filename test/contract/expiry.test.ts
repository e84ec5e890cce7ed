import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { expiryReader } from '../../src/adapters/postgres/retention.ts'
import { expireAssets } from '../../src/core/retention/expire-assets.ts'
import type { AssetId } from '../../src/core/shared/ids.ts'
import { callOperation, insertAsset, makeGrantedBucket, outcomeOf, SNAPSHOT_TASK } from './asset-fixtures.ts'
import { type ContractServer, REGION, startContractServer, type Tenant } from './support.ts'

const DAY_MS = 86_400_000
const SOON = '2099-01-31T12:00:00.000Z'

let server: ContractServer
let tenant: Tenant
beforeAll(async () => {
  server = await startContractServer()
  tenant = server.tenant
  await makeGrantedBucket(server, 'in/film.mp4')
})
afterAll(() => server[Symbol.asyncDispose]())
// What a test leaves must not expire in the next one.
beforeEach(async () => {
  await server.foundation.db.updateTable('asset').set({ expires_at: null }).execute()
})

/** What a worker process does now and again, at a time of the test's choice. */
const expireAt = (time: string | number | Date): Promise<number> => {
  const { db, transactions } = server.foundation
  return expireAssets({ db: transactions, expiry: expiryReader(db), now: () => new Date(time) })(
    new AbortController().signal,
  )
}
const setExpiry = (asset_id: string, expires_at: unknown, by = tenant) =>
  by.native('PUT', '/assets/expiry', { asset_id, expires_at })
const expiryOf = async (id: string) => Object(await tenant.native('GET', `/assets/expiry?asset_id=${id}`)).expires_at
const stateOf = async (id: AssetId) => (await server.foundation.reader.assetById(id))?.ingest.state
const sweepsOf = async (id: AssetId) =>
  (await server.foundation.engine.workOf(id)).filter(({ kind }) => kind === 'sweep').length
const publish = async (by = tenant): Promise<AssetId> => {
  const input = { bucket: 'studio-raw', location: REGION, object: 'in/film.mp4' }
  return (await callOperation(by, 'publishAssetFromObs', { body: { video_type: 'MP4', title: 'A film', input } }))
    .asset_id
}

describe('the date of an asset', () => {
  test('is none by default, is set, shown and cleared', async () => {
    const id = await insertAsset(server, tenant)
    expect(await expiryOf(id)).toBeUndefined()
    await setExpiry(id, '2099-01-31T12:00:00Z')
    expect(await expiryOf(id)).toBe(SOON)
    expect(await tenant.native('GET', `/assets/work?asset_id=${id}`)).toMatchObject({ expires_at: SOON })
    await setExpiry(id, '')
    expect(await expiryOf(id)).toBeUndefined()
    expect(await tenant.native('GET', `/assets/work?asset_id=${id}`)).toEqual({ asset_id: id, work: [] })
  })
  test.each([
    ...['2020-01-01T00:00:00Z', 'tomorrow', '2099-02-30T00:00:00Z', '2099-01-31', '2099-01-31T12:00:00+02:00'],
    ...[4_102_444_800, null, {}],
  ])('with the bad value %s is named, and the one before stays', async (value) => {
    const id = await insertAsset(server, tenant)
    await setExpiry(id, SOON)
    const body = { asset_id: id, expires_at: value }
    expect(await tenant.call('PUT', '/assets/expiry', { version: 'telecine/v1', body })).toMatchObject({
      status: 400,
      body: { error_code: 'VOD.10053', error_msg: expect.stringContaining('expires_at') },
    })
    expect(await expiryOf(id)).toBe(SOON)
  })
  test('is only for assets that exist, and for those of the project', async () => {
    const other = await server.addProject('other-expiry')
    const id = await insertAsset(server, tenant)
    expect(await outcomeOf(setExpiry(id, SOON, other))).toBe('400 VOD.10062')
    expect(await outcomeOf(setExpiry('nothing', SOON))).toBe('400 VOD.10062')
    await callOperation(tenant, 'deleteAssets', { query: `asset_id=${id}` })
    expect(await outcomeOf(setExpiry(id, SOON))).toBe('404 VOD.10062')
  })
})

describe('the days of a project', () => {
  test('hold for what is made from then on', async () => {
    const before = await publish()
    await tenant.native('PUT', '/settings/retention', { expire_after_days: 30 })
    expect(await tenant.native('GET', '/settings/retention')).toEqual({
      ...{ delete_source_after_transcode: false, expire_after_days: 30 },
    })
    const during = await publish()
    const asset = await server.foundation.reader.assetById(during)
    expect(await expiryOf(before)).toBeUndefined()
    expect(new Date(await expiryOf(during)).getTime()).toBe(Number(asset?.createdAt) + 30 * DAY_MS)
    await tenant.native('PUT', '/settings/retention', { expire_after_days: 0 })
    expect(await expiryOf(await publish())).toBeUndefined()
    expect(await expiryOf(during)).toBeDefined()
  })
  test.each([-1, 36_501, 1.5, '1x'])('with the bad value %s are named, and nothing is changed', async (value) => {
    const body = { expire_after_days: value, delete_source_after_transcode: true }
    expect(await tenant.call('PUT', '/settings/retention', { version: 'telecine/v1', body })).toMatchObject({
      status: 400,
      body: { error_code: 'VOD.10053', error_msg: expect.stringContaining('expire_after_days') },
    })
    expect(await tenant.native('GET', '/settings/retention')).toEqual({
      ...{ delete_source_after_transcode: false, expire_after_days: 0 },
    })
  })
})

describe('an asset whose time has come', () => {
  test('is deleted as by a call, once, and not before', async () => {
    const id = await insertAsset(server, tenant, { published: true, renditions: [{}] })
    await setExpiry(id, SOON)
    expect([await expireAt('2099-01-31T11:59:59.999Z'), await stateOf(id)]).toEqual([0, 'created'])
    const passes = await Promise.all([expireAt(SOON), expireAt(SOON), expireAt(SOON)])
    expect(passes.toSorted()).toEqual([0, 0, 1])
    expect([await stateOf(id), await sweepsOf(id)]).toEqual(['deleted', 3])
    expect((await server.foundation.reader.renditions([id])).get(id)).toBeUndefined()
    expect(await outcomeOf(tenant.native('GET', `/assets/expiry?asset_id=${id}`))).toBe('404 VOD.10062')
    expect([await expireAt('2100-01-01T00:00:00Z'), await sweepsOf(id)]).toEqual([0, 3])
  })
  test('goes when it is idle: those that are being worked on stay, and hold up nobody', async () => {
    const expiresAt = new Date(SOON)
    const snapshots = { state: 'running', ...SNAPSHOT_TASK } as const
    const busy = [
      await insertAsset(server, tenant, { expiresAt, transcode: { state: 'running' } }),
      await insertAsset(server, tenant, { expiresAt, ingest: { state: 'creating' } }),
      await insertAsset(server, tenant, { expiresAt, snapshots }),
    ]
    for (let n = 0; n < 120; n++) await insertAsset(server, tenant, { expiresAt, transcode: { state: 'waiting' } })
    const later = new Date(expiresAt.getTime() + 1)
    const idle = await insertAsset(server, tenant, { expiresAt: later })
    const failed = await insertAsset(server, tenant, { expiresAt: later, ingest: { state: 'failed', reason: 'no' } })
    expect(await expireAt(later)).toBe(2)
    expect([await stateOf(idle), await stateOf(failed)]).toEqual(['deleted', 'deleted'])
    for (const id of busy) await tenant.native('POST', '/assets/cancel', { asset_id: id })
    expect(await expireAt(later)).toBe(3)
  })
  test('given more time at the last moment stays', async () => {
    const id = await insertAsset(server, tenant, { expiresAt: new Date(SOON) })
    const { db, transactions } = server.foundation
    const expiry = expiryReader(db)
    const late = expireAssets({
      ...{ db: transactions, now: () => new Date(SOON) },
      expiry: {
        async due(...asked) {
          const due = await expiry.due(...asked)
          await setExpiry(id, '')
          return due
        },
      },
    })
    expect([await late(new AbortController().signal), await stateOf(id)]).toEqual([0, 'created'])
  })
})

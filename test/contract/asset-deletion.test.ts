import { DeleteAssetsRequest } from '@huaweicloud/huaweicloud-sdk-vod'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { callOperation, countRows, insertAsset, newAssetId, refused, SNAPSHOT_TASK } from './asset-fixtures.ts'
import { type ContractServer, refusalOf, startContractServer, type Tenant } from './support.ts'

let server: ContractServer
let tenant: Tenant
beforeAll(async () => {
  server = await startContractServer()
  tenant = server.tenant
})
afterAll(() => server[Symbol.asyncDispose]())

const insert = (asset: Parameters<typeof insertAsset>[2] = {}) => insertAsset(server, tenant, asset)
const remove = (query: string) => callOperation(tenant, 'deleteAssets', { query })
const refusedRemoval = (query: string) => refused(tenant.call('DELETE', '/asset', { query }))
const detailsOf = (id: string) => tenant.call('GET', '/asset/details', { query: `asset_id=${id}` })
const sweepsOf = async (id: string) =>
  (await server.foundation.engine.workOf(id)).filter(({ kind }) => kind === 'sweep').length

describe('deleting', () => {
  test('leaves a tombstone: 404 in details, DELETED by id, nothing in lists', async () => {
    const id = await insert({ published: true, transcode: { state: 'succeeded' }, renditions: [{}] })
    expect(await remove(`asset_id=${id}`)).toEqual({ delete_result_array: [{ asset_id: id, status: 'DELETED' }] })
    expect(await refused(detailsOf(id))).toBe('404 VOD.10062')
    expect((await server.foundation.reader.renditions([id])).size).toBe(0)
    expect(await sweepsOf(id)).toBe(3)
    const info = await callOperation(tenant, 'showAssetMeta', { query: `asset_id=${id}` })
    expect(info.asset_info_array).toEqual([{ asset_id: id, status: 'DELETED', description: 'Asset is deleted' }])
    const { assets } = await callOperation(tenant, 'listAssetList', { query: 'size=100' })
    expect(assets.map(({ asset_id }: Record<string, string>) => asset_id)).not.toContain(id)
  })
  test('drops all keys; the names of its runs stay, so that edges can be asked to forget them', async () => {
    const encryption = { key: 'aa', change: { key: 'bb' }, failure: 'why' }
    const id = await insert({ encryption, retired: [{ run: 'e'.repeat(32), untilMs: 9, key: 'cc' }] })
    await remove(`asset_id=${id}`)
    const { encryption: left, retired } = (await server.foundation.reader.assetById(id)) ?? {}
    expect([left, retired]).toEqual([{}, [{ run: 'e'.repeat(32), untilMs: 9 }]])
  })
  test('again reports it again, and sweeps no more', async () => {
    const id = await insert()
    await remove(`asset_id=${id}`)
    expect(await remove(`asset_id=${id}`)).toEqual({ delete_result_array: [{ asset_id: id, status: 'DELETED' }] })
    expect(await sweepsOf(id)).toBe(3)
  })
  test('takes repeated keys, commas and mixtures, and answers each id in order', async () => {
    const [a, b, unknown] = [await insert(), await insert(), newAssetId()]
    const busy = await insert({ transcode: { state: 'running' } })
    const foreign = await insertAsset(server, await server.addProject('neighbour'))
    const answer = await remove(`asset_id=${a},${unknown}&asset_id=${busy}&asset_id=${b},${foreign}`)
    expect(answer.delete_result_array).toEqual([
      { asset_id: a, status: 'DELETED' },
      { asset_id: unknown, status: 'FAILED' },
      { asset_id: busy, status: 'FAILED' },
      { asset_id: b, status: 'DELETED' },
      { asset_id: foreign, status: 'FAILED' },
    ])
    expect((await detailsOf(busy)).status).toBe(200)
    expect((await server.foundation.reader.assetById(foreign))?.ingest).toEqual({ state: 'created' })
  })
  test.each([
    { ingest: { state: 'creating' } },
    { transcode: { state: 'waiting' } },
    { transcode: { state: 'running' } },
    { snapshots: { state: 'running', ...SNAPSHOT_TASK } },
  ] as const)('the only id while it is worked on is refused: %j', async (asset) => {
    const id = await insert(asset)
    expect(await refusedRemoval(`asset_id=${id}`)).toBe('403 VOD.10083')
    expect((await detailsOf(id)).status).toBe(200)
  })
  test.each([{ ingest: { state: 'failed', reason: 'r' } }, { transcode: { state: 'failed', reason: 'r' } }] as const)(
    'what failed is possible: %j',
    async (asset) => {
      const { delete_result_array: entries } = await remove(`asset_id=${await insert(asset)}`)
      expect(entries).toMatchObject([{ status: 'DELETED' }])
    },
  )
})

describe('deleting the source only', () => {
  test('keeps the streams, and can be repeated', async () => {
    const id = await insert({ transcode: { state: 'succeeded' }, renditions: [{}], published: true })
    for (let n = 0; n < 2; n++) {
      expect((await remove(`asset_id=${id}&delete_type=origin`)).delete_result_array).toMatchObject([
        { status: 'DELETED' },
      ])
    }
    const { body } = await detailsOf(id)
    expect(Object(body)).toMatchObject({ base_info: { video_url: '' }, transcode_info: { output: [{}, {}] } })
    expect(await sweepsOf(id)).toBe(3)
  })
  test('of an asset without streams fails: nothing would be left', async () => {
    const id = await insert({ transcode: { state: 'failed', reason: 'r' } })
    expect((await remove(`asset_id=${id}&delete_type=origin`)).delete_result_array).toMatchObject([
      { status: 'FAILED' },
    ])
    expect((await server.foundation.reader.assetById(id))?.sourceRemoved).toBe(false)
  })
})

describe('a refused delete', () => {
  // Seen in the wild: a caller that forgets the ids. It must never mean "all".
  test.each(['', 'asset_id=', 'asset_id=,', 'asset_id', 'id=1', 'asset_id=x&delete_type=all'])(
    'of "%s" changes nothing',
    async (query) => {
      await insert()
      const before = await countRows(server)
      expect(await refusedRemoval(query)).toBe('403 VOD.10053')
      expect(await countRows(server)).toEqual(before)
      expect((await callOperation(tenant, 'listAssetList')).total).toBeGreaterThan(0)
    },
  )
  test('of ids that nobody knows is VOD.10062', async () => {
    const other = await server.addProject('bystander')
    const foreign = await insertAsset(server, other)
    expect(await refusedRemoval(`asset_id=${newAssetId()}`)).toBe('403 VOD.10062')
    expect(await refusedRemoval(`asset_id=${foreign}&asset_id=nonsense`)).toBe('403 VOD.10062')
    expect((await server.foundation.reader.assetById(foreign))?.ingest).toEqual({ state: 'created' })
  })
  test('has more than 100 ids', async () => {
    const ids = Array.from({ length: 101 }, newAssetId)
    expect(await refusedRemoval(`asset_id=${ids}`)).toBe('403 VOD.10137')
  })
  test('shows in the SDK, as a success does', async () => {
    const id = await insert()
    expect(await tenant.vod.deleteAssets(new DeleteAssetsRequest([id]))).toMatchObject({
      ...{ httpStatusCode: 200, delete_result_array: [{ asset_id: id, status: 'DELETED' }] },
    })
    expect(await refusalOf(tenant.vod.deleteAssets(new DeleteAssetsRequest([])))).toMatchObject({
      ...{ status: 403, code: 'VOD.10053' },
    })
  })
})

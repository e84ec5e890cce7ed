import { PublishAssetReq, PublishAssetsRequest, UnpublishAssetsRequest } from '@huaweicloud/huaweicloud-sdk-vod'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { callOperation, countRows, insertAsset, newAssetId, refused } from './asset-fixtures.ts'
import { type ContractServer, refusalOf, startContractServer, type Tenant } from './support.ts'

let server: ContractServer
let tenant: Tenant
beforeAll(async () => {
  server = await startContractServer()
  tenant = server.tenant
})
afterAll(() => server[Symbol.asyncDispose]())

const insert = (asset: Parameters<typeof insertAsset>[2] = {}) => insertAsset(server, tenant, asset)
const change = (verb: 'publish' | 'unpublish', ids: readonly string[]) =>
  callOperation(tenant, `${verb}Assets`, { body: { asset_id: ids } })
const refusedChange = (verb: 'publish' | 'unpublish', body: unknown) =>
  refused(tenant.call('POST', `/asset/status/${verb}`, { body }))
const entries = ({ asset_info_array: infos }: ReturnType<typeof Object>): readonly unknown[] =>
  infos.map(({ asset_id, status }: Record<string, string>) => [asset_id, status])
const isPublished = async (id: string) =>
  (await callOperation(tenant, 'listAssetList', { query: `asset_id=${id}` })).assets[0].asset_status === 'PUBLISHED'

describe('publishing', () => {
  test('needs no transcode, and answers what old callers read from it', async () => {
    const id = await insert({ transcode: { state: 'failed', reason: 'r' } })
    const done = await insert({ transcode: { state: 'succeeded' }, renditions: [{}] })
    const answer = await change('publish', [id, done])
    expect(entries(answer)).toEqual([
      [id, 'PUBLISHED'],
      [done, 'PUBLISHED'],
    ])
    const [first, second] = answer.asset_info_array
    expect([first.description, first.play_info_array]).toEqual(['Asset is published', []])
    expect(second.play_info_array[0].url).toBe(`${server.url}/asset/${done}/play_video/index.m3u8`)
    expect(await isPublished(id)).toBe(true)
  })
  test('twice is the same as once', async () => {
    const id = await insert()
    const first = await change('publish', [id])
    const second = await change('publish', [id, id])
    expect(entries(second)).toEqual([
      [id, 'PUBLISHED'],
      [id, 'PUBLISHED'],
    ])
    expect(second.asset_info_array[0]).toEqual(first.asset_info_array[0])
  })
  test('of a mixed batch does what it can, in the order of the request', async () => {
    const ids = [
      ...[await insert({ ingest: { state: 'creating' } }), newAssetId(), await insert(), 'nonsense'],
      ...[await insert({ ingest: { state: 'deleted' } }), await insert({ ingest: { state: 'failed', reason: 'why' } })],
      await insertAsset(server, await server.addProject('neighbour')),
    ]
    const answer = await change('publish', ids)
    expect(answer.asset_info_array.map(({ asset_id }: Record<string, string>) => asset_id)).toEqual(ids)
    expect(answer.asset_info_array.map(({ status }: Record<string, string>) => status)).toEqual([
      ...['UNCREATED', 'NO_ASSET', 'PUBLISHED', 'NO_ASSET', 'NO_ASSET', 'OBS_CREATE_FAILED', 'NO_ASSET'],
    ])
    expect(answer.asset_info_array[5].description).toBe('why')
  })
  test.each(['creating', 'failed'] as const)('the only id while it is %s is refused', async (state) => {
    const id = await insert({ ingest: state === 'failed' ? { state, reason: 'why' } : { state } })
    expect(await refusedChange('publish', { asset_id: [id] })).toBe('403 VOD.10060')
    expect(await isPublished(id)).toBe(false)
  })
})

describe('unpublishing', () => {
  test('returns to the state that the transcode left, as often as asked', async () => {
    const [id, plain] = [await insert({ published: true, transcode: { state: 'succeeded' } }), await insert()]
    for (let n = 0; n < 2; n++) {
      expect(entries(await change('unpublish', [id, plain]))).toEqual([
        [id, 'TRANSCODE_SUCCEED'],
        [plain, 'CREATED'],
      ])
    }
    expect(await isPublished(id)).toBe(false)
  })
  test('while the transfer runs takes back the wish to publish', async () => {
    const id = await insert({ ingest: { state: 'creating' }, publishWhenReady: true })
    expect(entries(await change('unpublish', [id]))).toEqual([[id, 'OBS_CREATING']])
    expect((await server.foundation.reader.assetById(id))?.publishWhenReady).toBe(false)
  })
})

describe.each(['publish', 'unpublish'] as const)('%s', (verb) => {
  test('of ids that nobody knows is VOD.10062, and touches no other project', async () => {
    const other = await server.addProject(`${verb} neighbour`)
    const foreign = await insertAsset(server, other, { published: verb === 'unpublish' })
    const deleted = await insert({ ingest: { state: 'deleted' } })
    for (const ids of [[newAssetId()], [foreign], [deleted], ['nonsense', newAssetId(), foreign]]) {
      expect(await refusedChange(verb, { asset_id: ids })).toBe('403 VOD.10062')
    }
    expect((await server.foundation.reader.assetById(foreign))?.published).toBe(verb === 'unpublish')
  })
  test('takes 100 ids and no more', async () => {
    const ids = Array.from({ length: 99 }, newAssetId)
    const id = await insert()
    expect((await change(verb, [...ids, id])).asset_info_array).toHaveLength(100)
    expect(await refusedChange(verb, { asset_id: [...ids, id, newAssetId()] })).toBe('403 VOD.10137')
  })
  test.each([{}, { asset_id: [] }, { asset_id: 'x' }, { asset_id: null }, { asset_id: [5] }, { asset_id: [''] }])(
    'of %j is refused by name',
    async (body) => {
      const before = await countRows(server)
      expect(await refusedChange(verb, body)).toBe('403 VOD.10053')
      expect(await countRows(server)).toEqual(before)
    },
  )
  test('and its refusal through the SDK', async () => {
    const call = (id: string) => {
      const body = new PublishAssetReq([id])
      return verb === 'publish'
        ? tenant.vod.publishAssets(new PublishAssetsRequest().withBody(body))
        : tenant.vod.unpublishAssets(new UnpublishAssetsRequest().withBody(body))
    }
    expect(await call(await insert())).toMatchObject({ httpStatusCode: 200, asset_info_array: [{}] })
    expect(await refusalOf(call(newAssetId()))).toMatchObject({ status: 403, code: 'VOD.10062' })
  })
  test('of the same assets in two orders at once ends', async () => {
    const ids = await Promise.all(Array.from({ length: 12 }, () => insert()))
    const calls = Array.from({ length: 8 }, (_, n) => change(verb, n % 2 ? ids : ids.toReversed()))
    expect((await Promise.all(calls)).map(({ asset_info_array: infos }) => infos.length)).toEqual(Array(8).fill(12))
  })
})

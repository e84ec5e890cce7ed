import {
  CreatePreheatingAssetReq,
  CreatePreheatingAssetRequest,
  ShowPreheatingAssetRequest,
} from '@huaweicloud/huaweicloud-sdk-vod'
import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { edgeTasks, edgeTx } from '../../src/adapters/postgres/edge-tasks.ts'
import type { AssetId } from '../../src/core/shared/ids.ts'
import { callOperation, insertAsset, newAssetId, refused } from './asset-fixtures.ts'
import { get, insertDelivered, PLAYLIST, SEGMENT, SOURCE_FILE } from './delivery-fixtures.ts'
import { type ContractServer, refusalOf, startContractServer, type Tenant } from './support.ts'

const EDGE = 'http://edge.example:81'
const INDEX = 'play_video/index.m3u8'

// No worker runs here: what is queued stays queued.
let server: ContractServer
let id: AssetId
beforeAll(async () => {
  server = await startContractServer({ TELECINE_EDGE_URLS: `${EDGE},http://10.0.0.7` })
  id = await insertDelivered(server)
})
afterAll(() => server[Symbol.asyncDispose]())
afterEach(async () => {
  await sql`delete from edge_quota`.execute(server.foundation.db)
})

const urlOf = (path: string, { asset = id, base = server.url }: { asset?: string; base?: string } = {}) =>
  `${base}/asset/${asset}/${path}`
const preheat = (body: unknown, tenant: Tenant = server.tenant) => tenant.call('POST', '/asset/preheating', { body })
const refresh = (body: unknown, tenant: Tenant = server.tenant) =>
  tenant.call('POST', '/asset/refresh', { version: 'v1', body })

const rows = async (): Promise<unknown> => {
  const found = await sql`
    select (select count(*) from edge_task) as tasks, (select count(*) from edge_item) as items,
      (select coalesce(sum(used), 0) from edge_quota) as used, (select count(*) from engine.step) as steps
  `.execute(server.foundation.db)
  return found.rows[0]
}

/** Refused, and nothing is there that was not there before. */
const refusedWithout = async (call: () => ReturnType<Tenant['call']>): Promise<string> => {
  const before = await rows()
  const answer = await refused(call())
  expect(await rows()).toEqual(before)
  return answer
}

describe('createPreheatingAsset and showPreheatingAsset', () => {
  test('through the SDK: 202, and every play URL of the asset is processing', async () => {
    const request = new CreatePreheatingAssetRequest().withBody(new CreatePreheatingAssetReq().withAssetId(id))
    const made = Object(await server.tenant.vod.createPreheatingAsset(request))
    expect(made).toMatchObject({ httpStatusCode: 202, task_id: expect.stringMatching(/^[0-9a-f]{32}$/) })
    const shown = await server.tenant.vod.showPreheatingAsset(new ShowPreheatingAssetRequest(made.task_id))
    expect(shown).toMatchObject({
      httpStatusCode: 202,
      preheating_results: [INDEX, PLAYLIST, 'cover/Cover0.jpg'].map((path) => ({
        ...{ url: urlOf(path), status: 'processing' },
      })),
    })
    const [work] = await server.foundation.engine.workOf(made.task_id)
    expect(work).toMatchObject({ kind: 'edge_task', state: 'queued' })
  })
  test('what became of each URL is said in the words of the vendor’s samples, once', async () => {
    const body = { urls: [urlOf(INDEX), urlOf(SEGMENT, { base: EDGE }), `${urlOf(INDEX)}?token=secret#t`] }
    const { task_id } = await callOperation(server.tenant, 'createPreheatingAsset', { body })
    const tasks = edgeTasks(server.foundation.db, server.foundation.engine)
    await tasks.settle(task_id, 0, { state: 'succeeded' })
    await tasks.settle(task_id, 1, { state: 'failed', reason: 'r' })
    // Another try, too late.
    await tasks.settle(task_id, 0, { state: 'failed', reason: 'r' })
    expect((await tasks.open(task_id)).items).toEqual([])
    const shown = await callOperation(server.tenant, 'showPreheatingAsset', { query: `task_id=${task_id}` })
    expect(shown.preheating_results).toEqual([
      { url: urlOf(INDEX), status: 'succeed' },
      { url: urlOf(SEGMENT, { base: EDGE }), status: 'failed' },
    ])
    const later = await callOperation(server.tenant, 'createPreheatingAsset', { body })
    await server.foundation.db.transaction().execute((trx) => edgeTx(trx).failOpenItems(later.task_id, 'given up'))
    const failed = await callOperation(server.tenant, 'showPreheatingAsset', { query: `task_id=${later.task_id}` })
    expect(failed.preheating_results.map(({ status }: { status: string }) => status)).toEqual(['failed', 'failed'])
    // A preheat task is no refresh task.
    const other = server.tenant.call('GET', '/asset/refresh', { version: 'v1', query: `task_id=${task_id}` })
    expect(await refused(other)).toBe('400 VOD.10062')
  })
  test.each([
    ['neither', {}],
    ['nothing', { asset_id: null, urls: null }],
    ['an empty list', { urls: [] }],
    ['a number', { asset_id: 7, urls: {} }],
    ['a long id', { asset_id: 'a'.repeat(129) }],
    ['no list', { urls: 'http://a/' }],
    ['no text', { urls: [7] }],
    ['no URL', { urls: ['play_video/index.m3u8'] }],
    ['another scheme', { urls: ['file:///etc/passwd'] }],
    ['too long a URL', { urls: [`http://a/${'a'.repeat(10_240)}`] }],
  ])('%s is VOD.10053', async (_, body) => {
    expect(await refusedWithout(() => preheat(body))).toBe('400 VOD.10053')
  })
  test('more than 10 URLs are VOD.10109', async () => {
    const urls = Array.from({ length: 11 }, (_, n) => urlOf(`play_video/${n}.m3u8`))
    expect(await refusedWithout(() => preheat({ urls }))).toBe('400 VOD.10109')
  })
  test.each([
    ['another host', () => 'http://elsewhere.example/asset/x/play_video/index.m3u8'],
    ['another port', () => urlOf(INDEX, { base: 'http://edge.example:82' })],
    ['ours as a user', () => `http://${new URL(server.url).host}@elsewhere.example/asset/${id}/${INDEX}`],
    ['metadata of a cloud', () => 'http://169.254.169.254/latest/meta-data'],
  ])('a URL of %s is VOD.10089', async (_, url) => {
    expect(await refusedWithout(() => preheat({ urls: [urlOf(INDEX), url()] }))).toBe('400 VOD.10089')
    expect(await refusedWithout(() => refresh({ urls: [url()] }))).toBe('400 VOD.10089')
  })
  test('what is no asset of the project is VOD.10062, also behind one that is', async () => {
    const other = await server.addProject('other-edges')
    const unknown = [
      { asset_id: newAssetId() },
      { asset_id: 'nonsense' },
      { urls: [urlOf(INDEX, { asset: newAssetId() })] },
    ]
    const paths = ['', '/asset/', `/asset/${id}`, `/asset/${id}/`, `/asset/${id}/../../v1.0/x`, '/healthz']
    for (const body of [...unknown, ...paths.map((path) => ({ urls: [server.url + path] }))]) {
      expect([body, await refusedWithout(() => preheat(body))]).toEqual([body, '400 VOD.10062'])
    }
    expect(await refused(preheat({ asset_id: id }, other))).toBe('400 VOD.10062')
    const gone = await insertAsset(server, server.tenant, { ingest: { state: 'deleted' } })
    expect(await refusedWithout(() => preheat({ asset_id: gone }))).toBe('400 VOD.10062')
  })
  test('what is not published is VOD.10060', async () => {
    const hidden = await insertDelivered(server, { published: false })
    const making = await insertAsset(server, server.tenant, { ingest: { state: 'creating' } })
    for (const body of [
      { asset_id: hidden },
      { asset_id: making },
      { urls: [urlOf(INDEX), urlOf(INDEX, { asset: hidden })] },
    ]) {
      expect(await refusedWithout(() => preheat(body))).toBe('400 VOD.10060')
    }
  })
  test('an unknown task is VOD.10062, and none is VOD.10053; the tasks of others are unknown', async () => {
    const { task_id } = await callOperation(server.tenant, 'createPreheatingAsset', { body: { asset_id: id } })
    const show = (query: string, tenant = server.tenant) => refused(tenant.call('GET', '/asset/preheating', { query }))
    const other = await server.addProject('curious')
    expect([await show('task_id=nonsense'), await show(`task_id=${'0'.repeat(32)}`), await show('')]).toEqual([
      ...['400 VOD.10062', '400 VOD.10062', '400 VOD.10053'],
    ])
    expect(await show(`task_id=${task_id}`, other)).toBe('400 VOD.10062')
  })
})

describe('the quota of a day', () => {
  test('of 1000 URLs holds however many ask at once; what is refused is not counted, and tomorrow it begins anew', async () => {
    const urls = Array.from({ length: 9 }, (_, n) => urlOf(`play_video/${n}.m3u8`))
    const answers = await Promise.all(Array.from({ length: 115 }, async () => (await preheat({ urls })).status))
    expect([
      answers.filter((status) => status === 202).length,
      answers.filter((status) => status === 400).length,
    ]).toEqual([111, 4])
    const call = new CreatePreheatingAssetRequest().withBody(new CreatePreheatingAssetReq().withUrls(urls))
    expect(await refusalOf(server.tenant.vod.createPreheatingAsset(call))).toMatchObject({
      ...{ status: 400, code: 'VOD.10086', message: 'The total number of preheated URLs cannot exceed 1000.' },
    })
    expect((await preheat({ urls: urls.slice(0, 1) })).status).toBe(202)
    expect(await refusedWithout(() => preheat({ urls: urls.slice(0, 1) }))).toBe('400 VOD.10086')
    // Others are not touched by it, nor is the other kind.
    expect((await refresh({ urls })).status).toBe(202)
    await sql`update edge_quota set day = day - 1`.execute(server.foundation.db)
    expect((await preheat({ urls })).status).toBe(202)
  })
  test('of refreshes is VOD.10087', async () => {
    await sql`insert into edge_quota values (${server.tenant.projectId}, 'refresh', (now() at time zone 'utc')::date, 999)
    `.execute(server.foundation.db)
    expect(await refusedWithout(() => refresh({ asset_id_list: [id] }))).toBe('400 VOD.10087')
    expect((await refresh({ urls: [urlOf(INDEX)] })).status).toBe(202)
  })
})

describe('refreshAsset and showRefreshResult', () => {
  test('answer 202, and the URLs in the form of the enum', async () => {
    const body = { asset_id_list: [id, id], urls: [urlOf(SEGMENT, { base: EDGE })] }
    const { task_id } = await callOperation(server.tenant, 'refreshAsset', { body })
    const { refresh_results } = await callOperation(server.tenant, 'showRefreshResult', { query: `task_id=${task_id}` })
    const paths = [INDEX, 'play_video/index.mpd', PLAYLIST, SOURCE_FILE, 'cover/Cover0.jpg']
    expect(refresh_results).toEqual(
      [...paths.map((path) => urlOf(path)), urlOf(SEGMENT, { base: EDGE })].map((url) => ({
        url,
        status: 'PROCESSING',
      })),
    )
  })
  test('take what is created, published or deleted, and nothing in progress', async () => {
    const states = ['created', 'deleted', 'creating', 'failed'] as const
    const answers = states.map(async (state) => {
      const ingest = state === 'failed' ? { state, reason: 'r' } : { state }
      const asset = await insertAsset(server, server.tenant, { ingest })
      return refresh({ asset_id_list: [asset] })
    })
    const seen = (await Promise.all(answers)).map(({ status, body }) => [status, Object(body).error_code])
    expect(seen).toEqual([
      [202, undefined],
      [202, undefined],
      [400, 'VOD.10083'],
      [400, 'VOD.10083'],
    ])
  })
  test.each([
    ['neither', {}],
    ['empty lists', { asset_id_list: [], urls: [] }],
    ['no list', { asset_id_list: 'a' }],
    ['no text', { asset_id_list: [{}] }],
    ['too many ids', { asset_id_list: Array.from({ length: 11 }, (_, n) => `${n}`) }],
    ['too many URLs', { urls: Array.from({ length: 11 }, (_, n) => `http://a/${n}`) }],
    ['no URL', { urls: ['index.m3u8'] }],
    ['too long a URL', { urls: [`http://a/${'a'.repeat(10_240)}`] }],
  ])('refuse %s with VOD.10053', async (_, body) => {
    expect(await refusedWithout(() => refresh(body))).toBe('400 VOD.10053')
  })
  test('know no asset of others, and no unknown task', async () => {
    expect(await refusedWithout(() => refresh({ asset_id_list: [id, newAssetId()] }))).toBe('400 VOD.10062')
    const show = (query: string) => refused(server.tenant.call('GET', '/asset/refresh', { version: 'v1', query }))
    expect([await show('task_id=a'), await show('')]).toEqual(['400 VOD.10062', '400 VOD.10053'])
  })
})

describe('delivery', () => {
  test.each([
    [SEGMENT, 'public, max-age=31536000, s-maxage=86400, immutable'],
    [PLAYLIST, 'public, max-age=0, must-revalidate, s-maxage=600'],
    [INDEX, 'public, max-age=0, must-revalidate, s-maxage=600'],
  ])('with edges lets them keep %s: %s', async (path, caching) => {
    expect((await get(server, `/asset/${id}/${path}`)).headers['cache-control']).toBe(caching)
  })
  test('never lets them keep what is not there', async () => {
    expect((await get(server, `/asset/${id}/private.txt`)).headers['cache-control']).toBe('no-store')
  })
  test('answers a PURGE that an edge passed on so that nobody takes it for done', async () => {
    expect((await get(server, `/asset/${id}/${INDEX}`, { method: 'PURGE' })).status).toBe(405)
  })
})

test('without an edge nothing is preheated (VOD.10110) or refreshed (VOD.10088)', async () => {
  await using bare = await startContractServer()
  const asset = await insertDelivered(bare)
  const urls = [`${bare.url}/asset/${asset}/${INDEX}`]
  expect(await refused(preheat({ asset_id: asset }, bare.tenant))).toBe('400 VOD.10110')
  expect(await refused(preheat({ urls }, bare.tenant))).toBe('400 VOD.10110')
  expect(await refused(refresh({ asset_id_list: [asset], urls }, bare.tenant))).toBe('400 VOD.10088')
})

test('publishing an asset that asked for it queues its preheating once', async () => {
  const wanted = await insertDelivered(server, { published: false, options: { autoPreheat: true } })
  const publish = () => server.tenant.call('POST', '/asset/status/publish', { body: { asset_id: [wanted] } })
  await Promise.all([publish(), publish()])
  await publish()
  expect((await server.foundation.engine.workOf(wanted)).map(({ kind }) => kind)).toEqual(['preheat'])
})

import { ListAssetListRequest, ListAssetListRequestStatusEnum } from '@huaweicloud/huaweicloud-sdk-vod'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { COVER_PATH } from '../../src/core/catalog/object-keys.ts'
import type { AssetId } from '../../src/core/shared/ids.ts'
import { callOperation, insertAsset, MEDIA, newAssetId, refused } from './asset-fixtures.ts'
import { type ContractServer, refusalOf, startContractServer, type Tenant } from './support.ts'

let server: ContractServer
let tenant: Tenant
let made = 0
beforeAll(async () => {
  server = await startContractServer()
})
afterAll(() => server[Symbol.asyncDispose]())
beforeEach(async () => {
  made += 1
  tenant = await server.addProject(`project-${made}`)
})

const insert = (asset: Parameters<typeof insertAsset>[2] = {}) => insertAsset(server, tenant, asset)
const list = (query = '') => callOperation(tenant, 'listAssetList', { query })
const titles = async (query: string): Promise<readonly string[]> =>
  (await list(query)).assets.map(({ title }: { title: string }) => title)

/** Minutes after noon of some day. */
const at = (minutes: number) => new Date(Date.UTC(2026, 10, 22, 12, minutes))

test('a summary has every key, with text where nothing is known', async () => {
  const id = await insert({ createdAt: at(0), ingest: { state: 'creating' } })
  expect(await list()).toEqual({
    total: 1,
    assets: [
      {
        ...{ asset_id: id, title: 'A film', description: '', duration: 0, duration_ms: 0, size: 7_741_000 },
        ...{ original_url: '', category: 'Other', covers: [], create_time: '20261122120000', media_type: 'MP4' },
        ...{ asset_status: 'CREATING', transcode_status: 'UN_TRANSCODE', thumbnail_status: 'UN_THUMBNAIL' },
        ...{ review_status: 'UN_REVIEW', exec_desc: 'asset_exec_desc:Asset is being transferred;' },
        subtitle_repackage_status: 'UN_REPACKAGE',
      },
    ],
  })
})

test('a finished asset shows its numbers as integers, its addresses and what was done', async () => {
  const { id: categoryId } = await callOperation(tenant, 'createAssetCategory', { body: { name: 'nature' } })
  const id = await insert({
    ...{ media: MEDIA, cover: COVER_PATH, published: true, categoryId, description: 'about' },
    transcode: { state: 'succeeded', note: 'Source damaged: a little' },
  })
  const { assets } = await list()
  expect(assets[0]).toMatchObject({
    ...{ description: 'about', duration: 61, duration_ms: 60_480, category: 'nature', asset_status: 'PUBLISHED' },
    original_url: `${server.url}/asset/${id}/${'a'.repeat(32)}.mp4`,
    covers: [{ cover_url: `${server.url}/asset/${id}/cover/Cover0.jpg` }],
    exec_desc: 'asset_exec_desc:Asset is published;transcode_exec_desc:Transcode success. Source damaged: a little;',
  })
})

test('a failure says why', async () => {
  await insert({ ingest: { state: 'failed', reason: 'Transfer of a/b failed: gone' } })
  await insert({ transcode: { state: 'failed', reason: 'Transcoding b failed: disk full' } })
  const states = (await list('order=asc')).assets.map((asset: Record<string, string>) => [
    asset['asset_status'],
    asset['transcode_status'],
    asset['exec_desc'],
  ])
  expect(states).toEqual([
    ['FAILED', 'UN_TRANSCODE', 'asset_exec_desc:Transfer of a/b failed: gone;'],
    [
      ...['CREATED', 'TRANSCODE_FAILED'],
      'asset_exec_desc:Asset is unpublished;transcode_exec_desc:Transcoding b failed: disk full;',
    ],
  ])
})

describe('pages', () => {
  beforeEach(async () => {
    for (const n of [3, 1, 4, 0, 2]) await insert({ title: `film ${n}`, createdAt: at(n) })
  })
  test('are of ten, newest first, from 0; the total counts all', async () => {
    expect(await titles('')).toEqual(['film 4', 'film 3', 'film 2', 'film 1', 'film 0'])
    expect(await titles('size=2')).toEqual(['film 4', 'film 3'])
    expect(await titles('page=2&size=2')).toEqual(['film 0'])
    expect(await list('page=9&size=2')).toEqual({ total: 5, assets: [] })
  })
  test('in ascending order begin with the oldest', async () => {
    expect(await titles('order=asc&size=2&page=1')).toEqual(['film 2', 'film 3'])
  })
  test('never overlap, even when all were made at the same moment', async () => {
    const other = await server.addProject(`twins-${made}`)
    for (let n = 0; n < 7; n++) await insertAsset(server, other, { title: String(n), createdAt: at(0) })
    const pages = await Promise.all(
      [0, 1, 2, 3].map((page) => callOperation(other, 'listAssetList', { query: `page=${page}&size=2` })),
    )
    expect(
      new Set(pages.flatMap(({ assets }) => assets.map(({ asset_id: id }: { asset_id: string }) => id))).size,
    ).toBe(7)
  })
})

test('the total stops at 20,000', async () => {
  const id = await insert({ createdAt: at(0) })
  const { db } = server.foundation
  const { rows } = await sql`
    insert into asset (id, project_id, title, video_type, video_name, source_bucket, source_key, source_size, source_etag,
      stored_key, ingest_state)
    select md5(n::text), project_id, title, video_type, video_name, source_bucket, source_key, source_size, source_etag,
      stored_key, ingest_state
    from asset, generate_series(1, 20000) as n where id = ${id} returning 1
  `.execute(db)
  expect(rows).toHaveLength(20_000)
  expect(await list('size=1&page=20000')).toMatchObject({ total: 20_000, assets: [{ asset_id: id }] })
})

describe('filters', () => {
  const STATES = [
    { title: 'creating', ingest: { state: 'creating' } },
    { title: 'failed', ingest: { state: 'failed', reason: 'r' } },
    { title: 'created', ingest: { state: 'created' } },
    { title: 'published', published: true },
    { title: 'waiting', transcode: { state: 'waiting' } },
    { title: 'running', transcode: { state: 'running' } },
    { title: 'succeeded', transcode: { state: 'succeeded' }, published: true },
    { title: 'broken', transcode: { state: 'failed', reason: 'r' } },
    { title: 'deleted', ingest: { state: 'deleted' }, cover: COVER_PATH },
  ] as const

  test.each([
    ['', ['creating', 'failed', 'created', 'published', 'waiting', 'running', 'succeeded', 'broken']],
    ['status=CREATING', ['creating']],
    ['status=FAILED', ['failed']],
    ['status=CREATED', ['created', 'waiting', 'running', 'broken']],
    ['status=PUBLISHED', ['published', 'succeeded']],
    ['status=WAITING_TRANSCODE', ['waiting']],
    ['status=TRANSCODING', ['running']],
    ['status=TRANSCODE_SUCCEED', ['succeeded']],
    ['status=TRANSCODE_FAILED', ['broken']],
    ['status=CREATING&status=FAILED', ['creating', 'failed']],
    ['status=CREATING,FAILED&status=TRANSCODING', ['creating', 'failed', 'running']],
    ['status=UN_REVIEW', ['creating', 'failed', 'created', 'published', 'waiting', 'running', 'succeeded', 'broken']],
    ['status=REVIEW_PASSED,THUMBNAILING', []],
  ])('"%s" finds by state', async (query, expected) => {
    for (const [n, asset] of STATES.entries()) await insert({ ...asset, createdAt: at(n) })
    expect(await titles(`${query}&order=asc`)).toEqual(expected)
    expect((await list(query)).total).toBe(expected.length)
  })

  test('by category, by "Other", and by the words of title, description and category', async () => {
    const { id: categoryId } = await callOperation(tenant, 'createAssetCategory', { body: { name: 'Nature 100%' } })
    await insert({ title: 'Alps', categoryId, createdAt: at(0) })
    await insert({ title: 'Harbour_1', description: 'not NATURE', createdAt: at(1) })
    await insert({ title: 'Harbour 2', createdAt: at(2) })
    expect(await titles(`category_id=${categoryId}`)).toEqual(['Alps'])
    expect(await titles('category_id=-1')).toEqual(['Harbour 2', 'Harbour_1'])
    expect(await titles('category_id=4711')).toEqual([])
    expect(await titles('category_id=-2')).toEqual([])
    expect(await titles('query_string=nature')).toEqual(['Harbour_1', 'Alps'])
    expect(await titles('query_string=harbour_')).toEqual(['Harbour_1'])
    expect(await titles('query_string=0%25')).toEqual(['Alps'])
    expect(await titles('query_string=%5C')).toEqual([])
  })

  test('by tags, all of them, and by the type of the source', async () => {
    await insert({ title: 'both', tags: ['sea', '港'], videoType: 'MKV', createdAt: at(0) })
    await insert({ title: 'one', tags: ['sea'], videoType: 'MP3', createdAt: at(1) })
    expect(await titles('tags=sea')).toEqual(['one', 'both'])
    expect(await titles(`tags=${encodeURIComponent('港, sea')}`)).toEqual(['both'])
    expect(await titles('media_type=MKV,MP3')).toEqual(['one', 'both'])
    expect(await titles('media_type=MKV&tags=sea')).toEqual(['both'])
    expect(await titles('media_type=AVI')).toEqual([])
  })

  test('by time, both ends included to the second', async () => {
    for (const n of [0, 1, 2]) await insert({ title: `at ${n}`, createdAt: new Date(at(n).getTime() + 900) })
    expect(await titles('start_time=20261122120100')).toEqual(['at 2', 'at 1'])
    expect(await titles('end_time=20261122120100')).toEqual(['at 1', 'at 0'])
    expect(await titles('start_time=20261122120001&end_time=20261122120159')).toEqual(['at 1'])
  })

  test('by id override everything else, and only they find the deleted', async () => {
    const ids: AssetId[] = []
    for (const [n, asset] of STATES.entries()) ids.push(await insert({ ...asset, createdAt: at(n) }))
    const [creating, failed] = ids
    const deleted = ids.at(-1)
    const foreign = await insertAsset(server, await server.addProject(`neighbour-${made}`))
    const query = `asset_id=${deleted},${creating}&asset_id=${failed}&asset_id=${newAssetId()}&asset_id=${foreign}`
    expect(await titles(`${query}&status=TRANSCODING&page=3&size=1&order=asc`)).toEqual([
      'creating',
      'failed',
      'deleted',
    ])
    const { total, assets } = await list(`asset_id=${deleted}`)
    const [{ asset_status, original_url, covers }] = assets
    expect([total, asset_status, original_url, covers]).toEqual([1, 'DELETED', '', []])
    expect(await list('asset_id=nonsense')).toEqual({ total: 0, assets: [] })
  })
})

test.each([
  ['size=0', 'size'],
  ['size=101', 'size'],
  ['page=-1', 'page'],
  ['page=x', 'page'],
  ['order=up', 'order'],
  ['status=NO', 'status'],
  ['media_type=EXE', 'media_type'],
  ['start_time=2026', 'start_time'],
  ['end_time=20260231000000', 'end_time'],
  ['category_id=nature', 'category_id'],
  [`asset_id=${Array.from({ length: 11 }, newAssetId)}`, 'asset_id'],
  [`media_type=${'MP4,'.repeat(21)}`, 'media_type'],
])('%s is refused by name', async (query, field) => {
  const call = tenant.call('GET', '/asset/list', { query })
  expect(await refused(call)).toBe('400 VOD.10053')
  expect(Object((await call).body).error_msg).toContain(`illegal field: ${field}.`)
})

test('the SDK filters, and shows a refusal', async () => {
  const id = await insert({ published: true })
  await insert()
  const published = new ListAssetListRequest().withStatus([ListAssetListRequestStatusEnum.PUBLISHED]).withSize(5)
  const answer = await tenant.vod.listAssetList(published)
  expect(answer).toMatchObject({ httpStatusCode: 200, total: 1, assets: [{ asset_id: id, asset_status: 'PUBLISHED' }] })
  expect(await refusalOf(tenant.vod.listAssetList(new ListAssetListRequest().withSize(101)))).toMatchObject({
    ...{ status: 400, code: 'VOD.10053' },
  })
  const unknown = new ListAssetListRequest().withMediaType(['MP4', 'XYZ'])
  expect((await refusalOf(tenant.vod.listAssetList(unknown))).message).toMatch(
    /illegal field: media_type\. media_type \(entry 2\) must be one of MP4, /,
  )
})

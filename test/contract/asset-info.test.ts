import {
  ShowAssetMetaRequest,
  ShowAssetMetaRequestAssetStatusEnum,
  ShowAssetMetaRequestTranscodeStatusEnum,
} from '@huaweicloud/huaweicloud-sdk-vod'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
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
const info = (query = '') => callOperation(tenant, 'showAssetMeta', { query })
const at = (minutes: number) => new Date(Date.UTC(2026, 10, 22, 12, minutes))

const STATES = [
  { title: 'creating', ingest: { state: 'creating' } },
  { title: 'failed', ingest: { state: 'failed', reason: 'r' } },
  { title: 'created' },
  { title: 'published', published: true },
  { title: 'waiting', transcode: { state: 'waiting' } },
  { title: 'running', transcode: { state: 'running' } },
  { title: 'succeeded', transcode: { state: 'succeeded' } },
  { title: 'broken', transcode: { state: 'failed', reason: 'r' } },
  { title: 'published and running', published: true, transcode: { state: 'running' } },
  { title: 'deleted', ingest: { state: 'deleted' } },
] as const

const insertStates = async (): Promise<readonly AssetId[]> => {
  const ids: AssetId[] = []
  for (const [n, asset] of STATES.entries()) ids.push(await insert({ ...asset, createdAt: at(n) }))
  return ids
}

const statuses = async (query: string): Promise<readonly string[]> =>
  (await info(query)).asset_info_array.map(({ status }: { status: string }) => status)

test('the combined state is one of the vendor’s, in the decided order', async () => {
  await insertStates()
  expect((await statuses('')).toReversed()).toEqual([
    ...['OBS_CREATING', 'OBS_CREATE_FAILED', 'CREATED', 'PUBLISHED', 'WAITING_TRANSCODE', 'TRANSCODING'],
    ...['TRANSCODE_SUCCEED', 'TRANSCODE_FAILED', 'PUBLISHED'],
  ])
})

test.each([
  ['status=PUBLISHED', ['PUBLISHED', 'PUBLISHED']],
  ['status=TRANSCODING', ['TRANSCODING']],
  ['status=CREATED', ['CREATED']],
  ['status=CREATING', ['OBS_CREATING']],
  ['status=SERVER_ERROR', ['OBS_CREATE_FAILED']],
  ['status=DELETED', []],
  ['status=CREATED,CREATING', ['CREATED', 'OBS_CREATING']],
  ['transcodeStatus=TRANSCODING', ['PUBLISHED', 'TRANSCODING']],
  ['transcodeStatus=TRANSCODING&assetStatus=PUBLISHED', ['PUBLISHED']],
  ['transcodeStatus=UN_TRANSCODE&assetStatus=CREATED', ['CREATED']],
  ['assetStatus=PUBLISHED&assetStatus=CREATED&transcodeStatus=TRANSCODE_SUCCEED', ['TRANSCODE_SUCCEED']],
  ['query_string=BROKEN', ['TRANSCODE_FAILED']],
  ['start_time=20261122120800', ['PUBLISHED']],
])('"%s" filters', async (query, expected) => {
  await insertStates()
  expect(await statuses(query)).toEqual(expected)
  expect((await info(query)).total).toBe(expected.length)
})

test('unlike asset/list it does not search names of categories', async () => {
  const { id: categoryId } = await callOperation(tenant, 'createAssetCategory', { body: { name: 'nature' } })
  await insert({ categoryId })
  expect(await statuses('query_string=nature')).toEqual([])
  expect(await statuses(`category_id=${categoryId}`)).toEqual(['CREATED'])
})

test('a page says whether there is more', async () => {
  for (let n = 0; n < 3; n++) await insert({ createdAt: at(n) })
  expect(await info('size=2')).toMatchObject({ is_truncated: 1, total: 3 })
  expect(await info('size=2&page=1')).toMatchObject({ is_truncated: 0, total: 3 })
  expect(await info('size=3')).toMatchObject({ is_truncated: 0, total: 3 })
})

test('a page says so past the 20,000 at which the total stops, too', async () => {
  const id = await insert()
  await sql`
    insert into asset (id, project_id, title, video_type, video_name, source_bucket, source_key, source_size, source_etag,
      stored_key, ingest_state)
    select md5(n::text), project_id, title, video_type, video_name, source_bucket, source_key, source_size, source_etag,
      stored_key, ingest_state
    from asset, generate_series(1, 20000) as n where id = ${id}
  `.execute(server.foundation.db)
  const page = (number: number) => tenant.vod.showAssetMeta(new ShowAssetMetaRequest().withPage(number).withSize(100))
  expect(await page(199)).toMatchObject({ is_truncated: 1, total: 20_000 })
  expect(await page(200)).toMatchObject({ is_truncated: 0, total: 20_000, asset_info_array: [{}] })
})

test('ids override all filters; each has an entry, the unknown ones last', async () => {
  const ids = await insertStates()
  const [creating] = ids
  const deleted = ids.at(-1)
  const unknown = newAssetId()
  const foreign = await insertAsset(server, await server.addProject(`neighbour-${made}`), { published: true })
  const query = `asset_id=${unknown}&asset_id=${creating},${deleted}&asset_id=${foreign}&asset_id=${creating}&status=PUBLISHED`
  const { asset_info_array: entries, total, is_truncated } = await info(query)
  expect(entries.map(({ asset_id, status }: Record<string, string>) => [asset_id, status])).toEqual([
    [deleted, 'DELETED'],
    [creating, 'OBS_CREATING'],
    [unknown, 'NO_ASSET'],
    [foreign, 'NO_ASSET'],
  ])
  expect([total, is_truncated]).toEqual([2, 0])
})

test('an entry has the keys that old callers read, none of them null', async () => {
  const id = await insert({
    ...{ published: true, media: MEDIA, cover: COVER_PATH, createdAt: at(0), tags: ['a', 'b'] },
    transcode: { state: 'succeeded' },
    renditions: [{}],
  })
  const base = `${server.url}/asset/${id}`
  const zeros = {
    duration: 0,
    duration_ms: 0,
    video_size: 0,
    width: 0,
    hight: 0,
    height: 0,
    bit_rate: 0,
    frame_rate: 0,
  }
  expect((await info()).asset_info_array).toEqual([
    {
      ...{ asset_id: id, status: 'PUBLISHED', description: 'Asset is published', is_multi_transcode: false },
      base_info: {
        ...{ title: 'A film', video_name: 'film.mp4', description: '', category_id: -1, category_name: 'Other' },
        ...{ create_time: '20261122120000', last_modified: '20261122120000', video_type: 'MP4', tags: 'a,b' },
        meta_data: {
          ...{ play_type: 0, pack_type: 'MP4', codec: 'H.264', duration: 61, duration_ms: 60_480, width: 1280 },
          ...{ hight: 720, height: 720, video_size: 7_741_000, bit_rate: 1024, frame_rate: 24, audio_channels: 2 },
        },
        ...{ video_url: `${base}/${'a'.repeat(32)}.mp4`, sign_url: '', subtitle_info: [] },
        cover_info_array: [{ cover_url: `${base}/cover/Cover0.jpg` }],
      },
      play_info_array: [
        {
          ...{ play_type: 'hls', url: `${base}/play_video/index.m3u8`, encrypted: 0 },
          meta_data: { play_type: 0, codec: 'H.264', ...zeros },
        },
        {
          ...{ play_type: 'hls', url: `${base}/play_video/${'f'.repeat(32)}_1_854X480_600_0.m3u8`, encrypted: 0 },
          meta_data: {
            ...{ play_type: 0, codec: 'H.264', duration: 61, duration_ms: 60_480, video_size: 4_600_000, width: 854 },
            ...{ hight: 480, height: 480, bit_rate: 600, frame_rate: 24, quality: 'SD' },
          },
        },
      ],
    },
  ])
})

test.each([
  ['status=NO', 'status'],
  ['transcodeStatus=DONE', 'transcodeStatus'],
  ['assetStatus=FAILED', 'assetStatus'],
  ['size=101', 'size'],
  [`asset_id=${Array.from({ length: 11 }, newAssetId)}`, 'asset_id'],
])('%s is refused by name', async (query, field) => {
  const call = tenant.call('GET', '/asset/info', { query })
  expect(await refused(call)).toBe('400 VOD.10053')
  expect(Object((await call).body).error_msg).toContain(`illegal field: ${field}.`)
})

test('the SDK filters, and shows a refusal', async () => {
  await insertStates()
  const request = new ShowAssetMetaRequest()
    .withAssetStatus([ShowAssetMetaRequestAssetStatusEnum.CREATED])
    .withTranscodeStatus([ShowAssetMetaRequestTranscodeStatusEnum.TRANSCODE_FAILED])
  expect(await tenant.vod.showAssetMeta(request)).toMatchObject({
    ...{ httpStatusCode: 200, total: 1, is_truncated: 0 },
    asset_info_array: [{ status: 'TRANSCODE_FAILED' }],
  })
  expect(await refusalOf(tenant.vod.showAssetMeta(new ShowAssetMetaRequest().withSize(101)))).toMatchObject({
    ...{ status: 400, code: 'VOD.10053' },
  })
})

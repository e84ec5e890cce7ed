import {
  ShowAssetDetailRequest,
  ShowAssetDetailRequestCategoriesEnum,
  UpdateAssetMetaReq,
  UpdateAssetMetaRequest,
} from '@huaweicloud/huaweicloud-sdk-vod'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SourceMedia } from '../../src/core/catalog/media.ts'
import { callOperation, insertAsset, MEDIA, newAssetId, refused } from './asset-fixtures.ts'
import { type ContractServer, refusalOf, startContractServer, type Tenant } from './support.ts'

let server: ContractServer
let tenant: Tenant
beforeAll(async () => {
  server = await startContractServer()
  tenant = server.tenant
})
afterAll(() => server[Symbol.asyncDispose]())

const insert = (asset: Parameters<typeof insertAsset>[2] = {}) => insertAsset(server, tenant, asset)
const details = (query: string) => callOperation(tenant, 'showAssetDetail', { query })

describe('details', () => {
  test('are complete right after the call that made the asset', async () => {
    const id = await insert({ ingest: { state: 'creating' }, videoName: '演示 1.mp4' })
    const { base_info: base, ...rest } = await details(`asset_id=${id}`)
    expect(rest).toEqual({ asset_id: id })
    expect(base).toMatchObject({
      ...{ title: 'A film', video_name: '演示 1.mp4', description: '', category_id: -1, category_name: 'Other' },
      ...{ video_type: 'MP4', tags: '', video_url: '', sign_url: '', cover_info_array: [], subtitle_info: [] },
      meta_data: { codec: 'UNKNOWN', hight: 0, height: 0, duration: 0, video_size: 7_741_000 },
    })
    // Terraform would plan to replace the asset.
    for (const key of ['source_path', 'sourch_path', 'output_path']) expect(base).not.toHaveProperty(key)
  })
  test('list n+1 streams, the index first and without numbers', async () => {
    const id = await insert({
      ...{ media: MEDIA, templateGroup: 'system_template_group', transcode: { state: 'succeeded' } },
      renditions: [{ quality: 'HD', width: 1280, height: 720, bitRateKbps: 1000 }, {}],
    })
    const { transcode_info: info } = await details(`asset_id=${id}`)
    expect(info).toMatchObject({
      ...{ template_group_name: 'system_template_group', transcode_status: 'TRANSCODE_SUCCEED' },
      exec_desc: 'Transcode success',
    })
    const kinds = info.output.map(({ play_type, quality, meta_data }: ReturnType<typeof Object>) => [
      ...[play_type, quality, meta_data.quality, meta_data.width, meta_data.bit_rate],
    ])
    expect(kinds).toEqual([
      ['HLS', undefined, undefined, 0, 0],
      ['HLS', 'HD', 'HD', 1280, 1000],
      ['HLS', 'SD', 'SD', 854, 600],
    ])
    expect(info.output[0].url).toBe(`${server.url}/asset/${id}/play_video/index.m3u8`)
  })
  test.each([
    { transcode: { state: 'none' } },
    { transcode: { state: 'waiting' } },
    { transcode: { state: 'running' } },
    { transcode: { state: 'failed', reason: 'r' } },
  ] as const)('have no transcode section while it has not succeeded: $transcode.state', async ({ transcode }) => {
    expect(await details(`asset_id=${await insert({ transcode })}`)).not.toHaveProperty('transcode_info')
  })
  test.each([
    [{ state: 'waiting' }, 'WAITING_TRANSCODE', 'Transcode is waiting'],
    [{ state: 'running' }, 'TRANSCODING', 'Transcode is running'],
    [{ state: 'failed', reason: 'r' }, 'TRANSCODE_FAILED', 'r'],
  ] as const)('show the outputs that are served while a later transcode is %j', async (transcode, status, text) => {
    const id = await insert({ transcode, templateGroup: 'old', renditions: [{}] })
    expect((await details(`asset_id=${id}`)).transcode_info).toMatchObject({
      ...{ template_group_name: 'old', transcode_status: status, exec_desc: text, output: [{}, {}] },
    })
  })
  test('show the sections asked for, all of them by default', async () => {
    const id = await insert({ transcode: { state: 'succeeded' }, renditions: [{}] })
    const keys = async (query: string) => Object.keys(await details(`asset_id=${id}${query}`))
    expect(await keys('')).toEqual(['asset_id', 'base_info', 'transcode_info'])
    expect(await keys('&categories=')).toEqual(['asset_id', 'base_info', 'transcode_info'])
    expect(await keys('&categories=base_info')).toEqual(['asset_id', 'base_info'])
    expect(await keys('&categories=transcode_info&categories=thumbnail_info,review_info')).toEqual([
      ...['asset_id', 'transcode_info'],
    ])
    // A sample of the vendor's guide, with its slip.
    expect(await keys('&categories=base_info,transcode_info&thumbnail_info,review_info')).toHaveLength(3)
  })
  test('sign an address of the source that works for whoever has it, published or not', async () => {
    const { store, config } = server.foundation
    const id = await insert()
    const asset = await server.foundation.reader.assetById(id)
    const key = `${tenant.projectId}/${id}/${asset?.sourcePath}`
    await store.put({ bucket: config.vodBucket, key }, Buffer.from('the film'), { contentType: 'video/mp4' })
    const { base_info: base } = await details(`asset_id=${id}`)
    expect(await (await fetch(base.sign_url)).text()).toBe('the film')
    expect((await fetch(base.video_url)).status).toBe(404)
  })
  test('of an asset whose source was removed have no address of it', async () => {
    const { base_info: base } = await details(`asset_id=${await insert({ sourceRemoved: true, published: true })}`)
    expect([base.video_url, base.sign_url]).toEqual(['', ''])
  })
  const sounds = (audio: string, videoType: string): SourceMedia => ({
    ...{ container: 'mp3', durationMs: 1, bitRateKbps: 0.4, audioStreams: 1 },
    ...(audio !== '' && { audio: { stream: 0, codec: audio, channels: 1, sampleRate: 8000 } }),
    ...(videoType !== '' && MEDIA.video && { video: { ...MEDIA.video, codec: videoType, frameRate: 29.97 } }),
  })
  test.each([
    [sounds('aac', ''), 'AAC', 0],
    [sounds('pcm_s16le', ''), 'PCM', 0],
    [sounds('opus', ''), 'UNKNOWN', 0],
    [sounds('', 'hevc'), 'H.265', 30],
    [sounds('mp3', 'av1'), 'UNKNOWN', 30],
  ])('name the codec in the vendor’s words, and round (%#)', async (media, codec, frameRate) => {
    const { base_info: base } = await details(`asset_id=${await insert({ media, videoType: 'MKV' })}`)
    expect(base.meta_data).toMatchObject({ codec, frame_rate: frameRate, duration: 1, duration_ms: 1, bit_rate: 0 })
    expect(base.meta_data).not.toHaveProperty('pack_type')
  })
})

describe('details of', () => {
  test.each(['nonsense', '0'.repeat(32), 'A'.repeat(32), '../', '%00'])(
    'the never-known id %s are VOD.10062',
    async (id) => {
      const answer = refused(tenant.call('GET', '/asset/details', { query: `asset_id=${id}` }))
      expect(await answer).toBe(id === '%00' ? '400 VOD.10053' : '400 VOD.10062')
    },
  )
  test('a deleted asset are gone: 404, by which Terraform sees the end of a destroy', async () => {
    const id = await insert({ ingest: { state: 'deleted' } })
    expect(await refused(tenant.call('GET', '/asset/details', { query: `asset_id=${id}` }))).toBe('404 VOD.10062')
  })
  test("another project's asset, deleted or not, are those of a never-known id", async () => {
    const other = await server.addTenant('neighbour')
    for (const id of [await insert(), await insert({ ingest: { state: 'deleted' } })]) {
      expect(await refused(other.call('GET', '/asset/details', { query: `asset_id=${id}` }))).toBe('400 VOD.10062')
    }
  })
  test.each([
    ['', 'asset_id'],
    ['asset_id=', 'asset_id'],
    [`asset_id=${'0'.repeat(32)}&categories=everything`, 'categories'],
  ])('"%s" are refused by name', async (query, field) => {
    const call = tenant.call('GET', '/asset/details', { query })
    expect(await refused(call)).toBe('400 VOD.10053')
    expect(Object((await call).body).error_msg).toContain(`illegal field: ${field}.`)
  })
  test('a film, and a refusal, through the SDK', async () => {
    const request = new ShowAssetDetailRequest(await insert())
    request.withCategories([ShowAssetDetailRequestCategoriesEnum.BASE_INFO])
    expect(await tenant.vod.showAssetDetail(request)).toMatchObject({
      httpStatusCode: 200,
      base_info: { title: 'A film' },
    })
    expect(await refusalOf(tenant.vod.showAssetDetail(new ShowAssetDetailRequest(newAssetId())))).toMatchObject({
      ...{ status: 400, code: 'VOD.10062', message: 'Media asset or resource does not exist, please check.' },
    })
  })
})

describe('an update', () => {
  const update = (body: object) => callOperation(tenant, 'updateAssetMeta', { body })
  const put = (body: object) => tenant.call('PUT', '/asset/info', { body })
  const base = async (id: string) => (await details(`asset_id=${id}`)).base_info

  test('changes what it names, answers 204 without a body, and renews last_modified', async () => {
    const { id: categoryId } = await callOperation(tenant, 'createAssetCategory', { body: { name: 'nature' } })
    const made = new Date(Date.UTC(2020, 0, 1))
    const id = await insert({ description: 'old', tags: ['old'], createdAt: made })
    await update({ asset_id: id, title: '新' })
    const first = await base(id)
    expect(first).toMatchObject({ title: '新', description: 'old', tags: 'old', create_time: '20200101000000' })
    expect(Number(first.last_modified)).toBeGreaterThan(20_260_000_000_000)
    await update({ asset_id: id, category_id: String(categoryId), tags: 'b, a', title: null })
    expect(await base(id)).toMatchObject({ title: '新', category_id: categoryId, category_name: 'nature', tags: 'b,a' })
    await update({ asset_id: id, description: '', tags: '', category_id: -1 })
    expect(await base(id)).toMatchObject({ title: '新', description: '', category_name: 'Other', tags: '' })
  })
  test.each([
    ['title', { title: '' }],
    ['title', { title: `${'片'.repeat(42)}abc` }],
    ['description', { description: 'd'.repeat(1025) }],
    ['category_id', { category_id: 'x' }],
    ['tags', { tags: Array.from({ length: 17 }, (_, n) => `t${n}`).join(',') }],
    ['asset_id', { asset_id: undefined }],
  ])('with a bad %s changes nothing', async (field, members) => {
    const id = await insert()
    const call = put({ asset_id: id, title: 'other', ...members })
    expect(await refused(call)).toBe('400 VOD.10053')
    expect(Object((await call).body).error_msg).toContain(`illegal field: ${field}.`)
    expect((await base(id)).title).toBe('A film')
  })
  test('of what is not there, deleted, or filed nowhere is refused', async () => {
    const [id, deleted] = [await insert(), await insert({ ingest: { state: 'deleted' } })]
    expect(await refused(put({ asset_id: newAssetId(), title: 'a' }))).toBe('400 VOD.10062')
    expect(await refused(put({ asset_id: deleted, title: 'a' }))).toBe('404 VOD.10062')
    expect(await refused(put({ asset_id: id, title: 'a', category_id: 4711 }))).toBe('400 VOD.10064')
    const other = await server.addTenant('meddler')
    expect(await refused(other.call('PUT', '/asset/info', { body: { asset_id: id, title: 'a' } }))).toBe(
      '400 VOD.10062',
    )
    expect((await base(id)).title).toBe('A film')
  })
  test('and its refusal through the SDK', async () => {
    const change = (id: string) => new UpdateAssetMetaRequest().withBody(new UpdateAssetMetaReq(id).withTitle('b'))
    expect(await tenant.vod.updateAssetMeta(change(await insert()))).toMatchObject({ httpStatusCode: 204 })
    expect(await refusalOf(tenant.vod.updateAssetMeta(change(newAssetId())))).toMatchObject({
      ...{ status: 400, code: 'VOD.10062' },
    })
  })
})

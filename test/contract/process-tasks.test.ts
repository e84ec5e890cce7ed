import {
  AssetProcessReq,
  CancelAssetTranscodeTaskRequest,
  CreateAssetProcessTaskRequest,
  Thumbnail,
  ThumbnailTypeEnum,
} from '@huaweicloud/huaweicloud-sdk-vod'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AssetId } from '../../src/core/shared/ids.ts'
import { openKeyRing } from '../../src/main/encryption.ts'
import { callOperation, countRows, insertAsset, MEDIA, newAssetId, refused } from './asset-fixtures.ts'
import { type ContractServer, refusalOf, startContractServer, type Tenant } from './support.ts'

let server: ContractServer
let tenant: Tenant
beforeAll(async () => {
  server = await startContractServer()
  tenant = server.tenant
})
afterAll(() => server[Symbol.asyncDispose]())

const insert = (asset: Parameters<typeof insertAsset>[2] = {}) =>
  insertAsset(server, tenant, { media: MEDIA, published: true, ...asset })
const order = (id: string, group = 'system_template_group') =>
  tenant.vod.createAssetProcessTask(
    new CreateAssetProcessTaskRequest().withBody(new AssetProcessReq(id).withTemplateGroupName(group)),
  )
const cancel = (id: string) => tenant.vod.cancelAssetTranscodeTask(new CancelAssetTranscodeTaskRequest(id))
const stored = async (id: AssetId) => await server.foundation.reader.assetById(id)
const workOf = async (id: string) =>
  (await server.foundation.engine.workOf(id)).map(({ kind, state }) => `${kind} ${state}`)
const listed = async (id: string) =>
  (await callOperation(tenant, 'listAssetList', { query: `asset_id=${id}` })).assets[0]

describe('createAssetProcessTask', () => {
  test('through the SDK queues a transcode; what was there stays listed until it ends', async () => {
    const id = await insert({ transcode: { state: 'succeeded' }, templateGroup: 'old', renditions: [{}] })
    const answer = Object(await order(id))
    expect([answer.httpStatusCode, answer.asset_id]).toEqual([202, id])
    expect(await workOf(id)).toEqual(['transcode queued'])
    expect(await listed(id)).toMatchObject({ transcode_status: 'WAITING_TRANSCODE' })
    const info = await callOperation(tenant, 'showAssetMeta', { query: `asset_id=${id}` })
    expect(info.asset_info_array[0].play_info_array).toHaveLength(2)
    expect(await stored(id)).toMatchObject({
      templateGroup: 'old',
      nextTranscode: { templateGroup: 'system_template_group', before: { state: 'succeeded' } },
    })
  })
  test.each([{ transcode: { state: 'none' } }, { transcode: { state: 'failed', reason: 'r' } }] as const)(
    'is possible from any end state: %j',
    async (asset) => {
      const id = await insert(asset)
      await order(id)
      expect(await listed(id)).toMatchObject({ transcode_status: 'WAITING_TRANSCODE' })
    },
  )
  test('takes over the settings of a custom group of then', async () => {
    const output = {
      format: 'HLS',
      video: { quality: 'SD', width: 640, height: 0 },
      audio: { sample_rate: 1, channels: 2 },
    }
    const body = { name: 'web', type: 'custom_template_group', quality_info_list: [output], common: { pvc: '0' } }
    const { group_id } = await callOperation(tenant, 'createTemplateGroup', { body })
    const id = await insert()
    await order(id, 'web')
    expect((await stored(id))?.nextTranscode).toMatchObject({
      ...{ templateGroup: 'web', templateGroupId: group_id },
      settings: { outputs: [{ video: { width: 640 } }] },
    })
  })
  test('of an unknown asset is VOD.10062, of a deleted one 404', async () => {
    expect(await refusalOf(order(newAssetId()))).toMatchObject({ status: 403, code: 'VOD.10062' })
    const foreign = await insertAsset(server, await server.addProject('neighbour'), { media: MEDIA })
    expect(await refusalOf(order(foreign))).toMatchObject({ status: 403, code: 'VOD.10062' })
    expect(await refusalOf(order(await insert({ published: false, ingest: { state: 'deleted' } })))).toMatchObject({
      ...{ status: 404, code: 'VOD.10062' },
    })
  })
  test('is refused where it cannot be done, and changes nothing', async () => {
    const { media: _, ...unprobed } = { media: MEDIA }
    const refusals = [
      [await insertAsset(server, tenant, { ingest: { state: 'creating' } }), 'VOD.10060'],
      [await insertAsset(server, tenant, unprobed), 'VOD.10060'],
      [await insert({ published: false, ingest: { state: 'failed', reason: 'r' } }), 'VOD.10060'],
      [await insert({ videoType: 'MP3' }), 'VOD.10063'],
      [await insert({ videoType: 'HLS' }), 'VOD.10063'],
      [await insert({ transcode: { state: 'waiting' } }), 'VOD.10083'],
      [await insert({ transcode: { state: 'running' } }), 'VOD.10083'],
      [await insert({ sourceRemoved: true }), 'VOD.10083'],
      [await insert({ encryption: { change: {} } }), 'VOD.10083'],
    ] as const
    const before = await countRows(server)
    for (const [id, code] of refusals) {
      const asset = await stored(id)
      expect(await refusalOf(order(id))).toMatchObject({ status: 403, code })
      expect(await stored(id)).toEqual(asset)
    }
    expect(await countRows(server)).toEqual(before)
  })
  test.each([
    [{ template_group_name: 'none such' }, '403 VOD.10053'],
    [{ template_group_name: 'non_transcoding_template_group' }, '403 VOD.10053'],
    [{ template_group_name: 'original_template_group' }, '501 TELECINE.0501'],
    [{}, '403 VOD.10053'],
    [{ asset_id: '' }, '403 VOD.10053'],
    [{ auto_encrypt: 1 }, '403 VOD.10053'],
    [{ auto_encrypt: 2, template_group_name: 'system_template_group' }, '403 VOD.10053'],
    [{ thumbnail: { type: 'dots' } }, '403 VOD.10053'],
    [{ thumbnail: { type: 'dots', dots: [1] } }, '501 TELECINE.0501'],
    [{ subtitle_id: [1], template_group_name: 'system_template_group' }, '403 VOD.10129'],
    [{ subtitle_id: ['one'], template_group_name: 'system_template_group' }, '403 VOD.10053'],
  ])('refuses %j with %s', async (body, expected) => {
    const id = await insert()
    const before = await countRows(server)
    expect(await refused(tenant.call('POST', '/asset/process', { body: { asset_id: id, ...body } }))).toBe(expected)
    expect([await countRows(server), (await stored(id))?.transcode]).toEqual([before, { state: 'none' }])
  })
  test('auto_encrypt gives a clear asset a key with the outputs to come; what is encrypted keeps its own', async () => {
    const ordered = async (asset: Parameters<typeof insertAsset>[2], auto_encrypt: number) => {
      const id = await insert({ transcode: { state: 'succeeded' }, renditions: [{}], ...asset })
      const body = { asset_id: id, template_group_name: 'system_template_group', auto_encrypt }
      await callOperation(tenant, 'createAssetProcessTask', { body })
      const { encryption, nextTranscode } = (await stored(id)) ?? {}
      return [encryption?.key, nextTranscode?.key]
    }
    expect(await ordered({}, 1)).toEqual([undefined, expect.stringMatching(/^[0-9a-f]{88}$/)])
    expect(await ordered({}, 0)).toEqual([undefined, undefined])
    expect(await ordered({ encryption: { key: 'k' } }, 1)).toEqual(['k', undefined])
  })
  test('what is encrypted needs HLS again and an address of its key, although the call does not ask for encryption', async () => {
    const id = await insert({ transcode: { state: 'succeeded' }, renditions: [{}], encryption: { key: 'k' } })
    const output = { format: 'MP4', video: { quality: 'SD', width: 640, height: 0 } }
    const group = { name: 'files', type: 'custom_template_group', quality_info_list: [output], common: { pvc: '0' } }
    await callOperation(tenant, 'createTemplateGroup', { body: group })
    expect(await refusalOf(order(id, 'files'))).toMatchObject({
      ...{ status: 403, code: 'VOD.10053', message: expect.stringContaining('template_group_name') },
    })
    const { keySettings } = openKeyRing(server.foundation)
    await keySettings.setKeySettings(tenant.projectId, { keyService: false })
    expect(await refusalOf(order(id))).toMatchObject({ status: 403, code: 'VOD.10100' })
    await keySettings.setKeySettings(tenant.projectId, { keyService: true })
    expect(await workOf(id)).toEqual([])
  })
  test('the SDK’s thumbnail is understood, and refused as not built', async () => {
    const body = new AssetProcessReq(await insert()).withThumbnail(new Thumbnail(ThumbnailTypeEnum.DOTS).withDots([1]))
    const call = tenant.vod.createAssetProcessTask(new CreateAssetProcessTaskRequest().withBody(body))
    expect(await refusalOf(call)).toMatchObject({ status: 501, code: 'TELECINE.0501' })
  })
})

describe('cancelAssetTranscodeTask', () => {
  test('through the SDK takes back a first transcode that waits, and its work', async () => {
    const id = await insert()
    await order(id)
    expect(Object(await cancel(id)).httpStatusCode).toBe(204)
    expect(await workOf(id)).toEqual(['transcode cancelled', 'sweep queued'])
    expect(await listed(id)).toMatchObject({
      transcode_status: 'UN_TRANSCODE',
      exec_desc: 'asset_exec_desc:Asset is published;transcode_exec_desc:Cancelled on request;',
    })
    await order(id)
    expect(await listed(id)).toMatchObject({ transcode_status: 'WAITING_TRANSCODE' })
  })
  test('leaves the outputs of an earlier one as they were, and says so once', async () => {
    const before = { state: 'succeeded', note: 'Source damaged: x' } as const
    const id = await insert({ transcode: before, templateGroup: 'old', renditions: [{}] })
    for (let n = 0; n < 2; n++) {
      await order(id)
      await cancel(id)
    }
    const { body } = await tenant.call('GET', '/asset/details', { query: `asset_id=${id}` })
    expect(Object(body).transcode_info).toMatchObject({
      ...{ template_group_name: 'old', transcode_status: 'TRANSCODE_SUCCEED' },
      exec_desc: 'Transcode success. Source damaged: x. A later transcode was cancelled',
      output: [{}, {}],
    })
    expect(await stored(id)).not.toHaveProperty('nextTranscode')
  })
  test('ends a transcode that waits for the probe, and not the probe', async () => {
    const id = await insertAsset(server, tenant, { transcode: { state: 'waiting' } })
    await server.foundation.transactions.write((tx) => tx.record(id, { type: 'transferred' }))
    await cancel(id)
    expect(await workOf(id)).toEqual(['probe queued', 'sweep queued'])
  })
  test('is refused when nothing waits', async () => {
    for (const transcode of [{ state: 'none' }, { state: 'running' }, { state: 'succeeded' }] as const) {
      const id = await insert({ transcode })
      expect(await refusalOf(cancel(id))).toMatchObject({ status: 400, code: 'VOD.10083' })
      expect((await stored(id))?.transcode).toEqual(transcode)
    }
    expect(await refusalOf(cancel(newAssetId()))).toMatchObject({ status: 400, code: 'VOD.10062' })
    expect(await refused(tenant.call('DELETE', '/asset/process', { query: '' }))).toBe('400 VOD.10053')
  })
})

import {
  AssetProcessReq,
  CancelAssetTranscodeTaskRequest,
  CreateAssetProcessTaskRequest,
  Thumbnail,
  ThumbnailTypeEnum,
} from '@huaweicloud/huaweicloud-sdk-vod'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { randomId } from '../../src/adapters/random-id.ts'
import { createApiClient } from '../../src/cli/api-client.ts'
import type { AssetId } from '../../src/core/shared/ids.ts'
import { openKeyRing } from '../../src/main/encryption.ts'
import { callOperation, countRows, insertAsset, MEDIA, newAssetId, refused, SNAPSHOT_TASK } from './asset-fixtures.ts'
import { type ContractServer, refusalOf, startContractServer, type Tenant } from './support.ts'

const DOTS = { type: 'dots', dots: [1] }

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
    [{}, '403 VOD.10053'],
    [{ asset_id: '' }, '403 VOD.10053'],
    [{ auto_encrypt: 1 }, '403 VOD.10053'],
    [{ auto_encrypt: 2, template_group_name: 'system_template_group' }, '403 VOD.10053'],
    [{ thumbnail: { type: 'dots' } }, '403 VOD.10053'],
    [{ thumbnail: { type: 'time', time: 13 } }, '403 VOD.10053'],
    [{ thumbnail: { type: 'quantity' }, template_group_name: 'system_template_group' }, '403 VOD.10053'],
    [{ thumbnail: DOTS, auto_encrypt: 1 }, '403 VOD.10053'],
    [{ thumbnail: DOTS, template_group_name: 'none such' }, '403 VOD.10053'],
    [{ thumbnail: DOTS, subtitle_id: [1] }, '403 VOD.10129'],
    [{ subtitle_id: [1], template_group_name: 'system_template_group' }, '403 VOD.10129'],
    [{ subtitle_id: ['one'], template_group_name: 'system_template_group' }, '403 VOD.10053'],
  ])('refuses %j with %s', async (body, expected) => {
    const id = await insert()
    const before = await countRows(server)
    expect(await refused(tenant.call('POST', '/asset/process', { body: { asset_id: id, ...body } }))).toBe(expected)
    const { transcode, snapshots } = (await stored(id)) ?? {}
    expect([await countRows(server), transcode, snapshots]).toEqual([before, { state: 'none' }, { state: 'none' }])
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
  test('auto_encrypt of a stream that was adopted needs a group that makes HLS of it', async () => {
    const insertStream = () => insert({ videoType: 'HLS', renditions: [{ playlist: 'index.m3u8' }] })
    const refusedId = await insertStream()
    const body = { asset_id: refusedId, template_group_name: 'original_template_group', auto_encrypt: 1 }
    expect(await refused(tenant.call('POST', '/asset/process', { body }))).toBe('403 VOD.10053')
    expect(await workOf(refusedId)).toEqual([])
    const id = await insertStream()
    await callOperation(tenant, 'createAssetProcessTask', {
      body: { asset_id: id, template_group_name: 'system_template_group', auto_encrypt: 1 },
    })
    const { encryption, nextTranscode } = (await stored(id)) ?? {}
    expect([encryption?.key, nextTranscode?.key]).toEqual([undefined, expect.stringMatching(/^[0-9a-f]{88}$/)])
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
})

describe('createAssetProcessTask with thumbnail', () => {
  const orderBoth = (id: string, thumbnail: object | undefined, group = '') =>
    callOperation(tenant, 'createAssetProcessTask', {
      body: { asset_id: id, template_group_name: group, thumbnail },
    })
  const newTask = () => ({ ...SNAPSHOT_TASK, task: randomId() })

  test('through the SDK starts a snapshot task and answers its id, which the list of tasks knows', async () => {
    const id = await insert()
    const body = new AssetProcessReq(id).withThumbnail(new Thumbnail(ThumbnailTypeEnum.DOTS).withDots([3, 1]))
    const answer = Object(await tenant.vod.createAssetProcessTask(new CreateAssetProcessTaskRequest().withBody(body)))
    expect([answer.httpStatusCode, answer.asset_id]).toEqual([202, id])
    expect(await workOf(id)).toEqual(['snapshots queued'])
    expect(await listed(id)).toMatchObject({ thumbnail_status: 'THUMBNAILING', transcode_status: 'UN_TRANSCODE' })
    expect(await callOperation(tenant, 'listThumbnailInfo', { query: `asset_id=${id}` })).toMatchObject({
      thumbnails: [{ task_id: answer.thumbnail_task_id, thumbnail_para: { type: 'dots', dots: [3, 1] } }],
    })
  })
  test('and a template group starts both', async () => {
    const id = await insert()
    await orderBoth(id, DOTS, 'system_template_group')
    expect(await workOf(id)).toEqual(['transcode queued', 'snapshots queued'])
    expect(await listed(id)).toMatchObject({
      ...{ thumbnail_status: 'THUMBNAILING', transcode_status: 'WAITING_TRANSCODE' },
    })
  })
  test('is possible while a transcode runs, and the other way round', async () => {
    const id = await insert({ transcode: { state: 'running' } })
    await orderBoth(id, DOTS)
    const other = await insert({ snapshots: { state: 'running', ...newTask() } })
    await orderBoth(other, undefined, 'system_template_group')
    expect([await workOf(id), await workOf(other)]).toEqual([['snapshots queued'], ['transcode queued']])
  })
  test('serves the pictures that are there until others take their place, also when it fails', async () => {
    const id = await insert({ snapshots: { state: 'succeeded', ...newTask(), offsets: [0, 5] } })
    const { store, config } = server.foundation
    const key = `${tenant.projectId}/${id}/snapshot/sample/5.jpg`
    await store.put({ bucket: config.vodBucket, key }, Buffer.from('five'), { contentType: 'image/jpeg' })
    const served = async () => (await fetch(`${server.url}/asset/${id}/snapshot/sample/5.jpg`)).status
    const { thumbnail_task_id: task } = await orderBoth(id, DOTS)
    expect([await served(), (await listed(id)).thumbnail_status]).toEqual([200, 'THUMBNAILING'])
    const tasks = await callOperation(tenant, 'listThumbnailInfo', { query: `asset_id=${id}` })
    expect(tasks).toMatchObject({ total: 1, thumbnails: [{ task_id: task, thumbnail_count: 0 }] })
    const cancelAll = createApiClient({ endpoint: server.url, key: tenant.key })
    await cancelAll('POST', `/telecine/v1/${tenant.projectId}/assets/cancel`, { asset_id: id })
    expect([await served(), (await listed(id)).thumbnail_status]).toEqual([200, 'THUMBNAIL_FAILED'])
    // And once more from there.
    await orderBoth(id, DOTS)
    expect((await stored(id))?.snapshots).toMatchObject({ state: 'running', before: { offsets: [0, 5] } })
  })
  test('is refused where it cannot be done, and then nothing of the call is done', async () => {
    const { video: _, ...sound } = MEDIA
    const refusals = [
      [await insertAsset(server, tenant, { ingest: { state: 'creating' } }), 'VOD.10060'],
      [await insertAsset(server, tenant), 'VOD.10060'],
      [await insert({ published: false, ingest: { state: 'failed', reason: 'r' } }), 'VOD.10060'],
      [await insert({ videoType: 'MP3' }), 'VOD.10063'],
      [await insert({ media: sound }), 'VOD.10063'],
      [await insert({ snapshots: { state: 'running', ...newTask() } }), 'VOD.10083'],
      [await insert({ sourceRemoved: true }), 'VOD.10083'],
      [await insert({ transcode: { state: 'running' } }), 'VOD.10083', 'system_template_group'],
      [newAssetId(), 'VOD.10062'],
    ] as const
    const before = await countRows(server)
    for (const [id, code, group = ''] of refusals) {
      const asset = await stored(id)
      for (const template_group_name of new Set([group, 'system_template_group'])) {
        const body = { asset_id: id, thumbnail: DOTS, template_group_name }
        expect(await refused(tenant.call('POST', '/asset/process', { body }))).toBe(`403 ${code}`)
      }
      expect(await stored(id)).toEqual(asset)
    }
    expect(await countRows(server)).toEqual(before)
    const deleted = await insert({ published: false, ingest: { state: 'deleted' } })
    const call = tenant.call('POST', '/asset/process', { body: { asset_id: deleted, thumbnail: DOTS } })
    expect(await refused(call)).toBe('404 VOD.10062')
  })
})

describe('cancelAssetTranscodeTask', () => {
  // Of what its preview wrote, and may still be writing.
  const SWEEPS = ['sweep queued', 'sweep queued', 'sweep queued']
  test('through the SDK takes back a first transcode that waits, and its work', async () => {
    const id = await insert()
    await order(id)
    expect(Object(await cancel(id)).httpStatusCode).toBe(204)
    expect(await workOf(id)).toEqual(['transcode cancelled', ...SWEEPS])
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
    expect(await workOf(id)).toEqual(['probe queued', ...SWEEPS])
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

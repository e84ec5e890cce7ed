import {
  CancelExtractAudioTaskRequest,
  CreateExtractAudioTaskRequest,
  ExtractAudioTaskReq,
  Parameter,
} from '@huaweicloud/huaweicloud-sdk-vod'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseAssetId } from '../../src/core/shared/ids.ts'
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
  insertAsset(server, tenant, { media: MEDIA, ...asset })
const extract = async (id: string, format?: string) => {
  const body = new ExtractAudioTaskReq(id)
  if (format) body.withParameter(new Parameter().withFormat(format))
  return Object(await tenant.vod.createExtractAudioTask(new CreateExtractAudioTaskRequest().withBody(body)))
}
const cancel = (id: string) => tenant.vod.cancelExtractAudioTask(new CancelExtractAudioTaskRequest(id))
const listed = async (id: string) =>
  (await callOperation(tenant, 'listAssetList', { query: `asset_id=${id}` })).assets[0]
const infoOf = async (id: string) =>
  (await callOperation(tenant, 'showAssetMeta', { query: `asset_id=${id}` })).asset_info_array[0]

test('through the SDK makes a new asset of the same title, which waits for its file', async () => {
  const id = await insert({ title: 'Harbour walk', videoName: 'walk.final.mp4' })
  const answer = await extract(id, 'AAC')
  expect([answer.httpStatusCode, answer.asset_id]).toEqual([202, id])
  expect(answer.audio_asset_id).toMatch(/^[0-9a-f]{32}$/)
  expect(await listed(answer.audio_asset_id)).toMatchObject({
    ...{ title: 'Harbour walk', asset_status: 'CREATING', transcode_status: 'WAITING_TRANSCODE' },
  })
  const work = await server.foundation.engine.workOf(answer.audio_asset_id)
  expect(work.map(({ kind, state }) => `${kind} ${state}`)).toEqual(['extract queued'])
  expect((await infoOf(answer.audio_asset_id)).base_info).toMatchObject({
    ...{ video_type: 'AAC', video_name: 'walk.final.aac', description: expect.stringContaining(id) },
  })
  expect((await server.foundation.reader.assetById(id))?.transcode.state).toBe('none')
})

test('MP3 is the format of who names none; each call makes another asset', async () => {
  const id = await insert()
  const [first, second] = [await extract(id), await extract(id)]
  expect(first.audio_asset_id).not.toBe(second.audio_asset_id)
  const audioId = parseAssetId(first.audio_asset_id)
  expect(audioId && (await server.foundation.reader.assetById(audioId))).toMatchObject({
    ...{ videoType: 'MP3', extraction: { from: id, format: 'MP3' }, sourcePath: expect.stringMatching(/\.mp3$/) },
  })
})

test('the sound of an encrypted video is a clear file, unpublished, and says so', async () => {
  const id = await insert({ encryption: { key: 'k' } })
  const { audio_asset_id } = await extract(id)
  expect((await infoOf(audio_asset_id)).base_info.description).toBe(
    `Sound of the asset ${id}, which is encrypted; this file is not`,
  )
  expect(await listed(audio_asset_id)).toMatchObject({ asset_status: 'CREATING' })
})

test('what has no sound, or is no video that is in place, is refused, and nothing is made', async () => {
  const { audio: _, ...silent } = MEDIA
  const { video: __, ...sound } = MEDIA
  const cases = [
    [newAssetId(), 400, 'VOD.10062'],
    [await insert({ ingest: { state: 'deleted' } }), 404, 'VOD.10062'],
    [await insert({ ingest: { state: 'creating' } }), 400, 'VOD.10060'],
    [await insertAsset(server, tenant), 400, 'VOD.10060'],
    [await insert({ videoType: 'MP3', media: sound }), 400, 'VOD.10063'],
    [await insert({ media: sound }), 400, 'VOD.10063'],
    [await insert({ media: silent }), 400, 'VOD.10063'],
    [await insert({ sourceRemoved: true }), 400, 'VOD.10083'],
  ] as const
  const before = await countRows(server)
  for (const [id, status, code] of cases) expect(await refusalOf(extract(id))).toMatchObject({ status, code })
  expect(await refusalOf(extract(cases[6][0]))).toMatchObject({ message: expect.stringContaining('no sound') })
  const body = { asset_id: await insert(), parameter: { format: 'OGG' } }
  expect(await refused(tenant.call('POST', '/asset/extract_audio', { body }))).toBe('400 VOD.10053')
  expect(await countRows(server)).toEqual({ ...Object(before), assets: Object(before).assets + 1 })
})

test('a queued extraction is cancelled by the id of its audio asset', async () => {
  const id = await insert()
  const [one, other] = [await extract(id), await extract(id)]
  expect(Object(await cancel(one.audio_asset_id)).httpStatusCode).toBe(204)
  expect(await listed(one.audio_asset_id)).toMatchObject({
    ...{ asset_status: 'FAILED', transcode_status: 'UN_TRANSCODE' },
    exec_desc: 'asset_exec_desc:Cancelled on request;transcode_exec_desc:Cancelled on request;',
  })
  expect((await infoOf(one.audio_asset_id)).status).toBe('CANCELLED')
  expect((await listed(other.audio_asset_id)).asset_status).toBe('CREATING')
})

test('all queued extractions of a video are cancelled by the id of the video, and only queued ones', async () => {
  const id = await insert({ transcode: { state: 'succeeded' } })
  const audioIds = [(await extract(id)).audio_asset_id, (await extract(id)).audio_asset_id]
  await cancel(id)
  for (const audioId of audioIds) expect((await listed(audioId)).asset_status).toBe('FAILED')
  expect((await server.foundation.reader.assetById(id))?.transcode).toEqual({ state: 'succeeded' })
  expect(await refusalOf(cancel(id))).toMatchObject({ status: 400, code: 'VOD.10083' })
  const running = parseAssetId((await extract(id)).audio_asset_id)
  if (!running) throw new Error('an id was answered')
  await server.foundation.transactions.write((tx) => tx.updateAsset(running, { transcode: { state: 'running' } }))
  for (const one of [id, running])
    expect(await refusalOf(cancel(one))).toMatchObject({ status: 400, code: 'VOD.10083' })
  expect(await refusalOf(cancel(newAssetId()))).toMatchObject({ status: 400, code: 'VOD.10062' })
})

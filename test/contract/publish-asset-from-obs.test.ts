import {
  FileAddr,
  PublishAssetFromObsReq,
  PublishAssetFromObsRequest,
  PublishAssetFromObsReqVideoTypeEnum,
  Thumbnail,
  ThumbnailTypeEnum,
} from '@huaweicloud/huaweicloud-sdk-vod'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { callOperation, makeGrantedBucket } from './asset-fixtures.ts'
import { type ContractServer, REGION, refusalOf, startContractServer } from './support.ts'

let server: ContractServer
beforeAll(async () => {
  server = await startContractServer()
  await makeGrantedBucket(server, 'in/film.mp4')
  expect(server.foundation.config.region).toBe(REGION)
})
afterAll(() => server[Symbol.asyncDispose]())

const INPUT = { bucket: 'studio-raw', location: REGION, object: 'in/film.mp4' }
const COMPLETE = { video_type: 'MP4', title: 'A film', input: INPUT }

/** The asset that a call made, as the database has it. */
const made = async (body: object) => {
  const { asset_id: id } = await callOperation(server.tenant, 'publishAssetFromObs', { body })
  expect(id).toMatch(/^[0-9a-f]{32}$/)
  return (await server.foundation.reader.assetById(id)) ?? {}
}

describe('an import', () => {
  test('through the SDK makes an asset with every field, and its first task', async () => {
    const category = await callOperation(server.tenant, 'createAssetCategory', { body: { name: 'nature' } })
    const body = new PublishAssetFromObsReq(PublishAssetFromObsReqVideoTypeEnum.MP4, 'Harbour walk')
      .withDescription('from the archive')
      .withCategoryId(category.id)
      .withTags(' harbour, archive,,中文 ')
      .withAutoPublish(1)
      .withAutoPreheat(1)
      // Beaten by the group, it need not even exist.
      .withWorkflowName('mine')
      .withTemplateGroupName('system_template_group')
      .withThumbnail(new Thumbnail(ThumbnailTypeEnum.DOTS).withDots([1, 30]).withCoverPosition(2).withMaxLength(640))
      .withInput(new FileAddr(INPUT.bucket, INPUT.location, INPUT.object))
    const answer = await server.tenant.vod.publishAssetFromObs(new PublishAssetFromObsRequest().withBody(body))
    const { asset_id: id, httpStatusCode } = Object(answer)
    expect(httpStatusCode).toBe(200)
    expect(await server.foundation.reader.assetById(id)).toMatchObject({
      ...{ title: 'Harbour walk', description: 'from the archive', categoryId: category.id, videoType: 'MP4' },
      tags: ['harbour', 'archive', '中文'],
      ...{ videoName: 'film.mp4', publishWhenReady: true, published: false, templateGroup: 'system_template_group' },
      source: { bucket: 'studio-raw', key: 'in/film.mp4', sizeBytes: 5 },
      ingest: { state: 'creating' },
      options: { autoPreheat: true },
      snapshots: {
        state: 'wanted',
        task: expect.stringMatching(/^[0-9a-f]{32}$/),
        settings: { points: { type: 'points', seconds: [1, 30] }, coverPosition: 2, shape: 'source', maxSide: 640 },
      },
    })
    const work = await server.foundation.engine.workOf(id)
    expect(work.map(({ kind, state }) => [kind, state])).toEqual([['transfer', 'queued']])
  })
  test('needs type, title and source only; publishing and processing are off', async () => {
    const asset = await made(COMPLETE)
    expect(asset).toMatchObject({ publishWhenReady: false, tags: [], options: {}, snapshots: { state: 'none' } })
    for (const absent of ['categoryId', 'description', 'templateGroup']) expect(asset).not.toHaveProperty(absent)
  })
  test('of the same object twice makes two assets', async () => {
    const [one, other] = [await made(COMPLETE), await made(COMPLETE)]
    expect(Object(one).id).not.toBe(Object(other).id)
  })
  test('takes the source flattened, and prefers the nested one', async () => {
    const flat = { video_type: 'MP4', title: 'flat', input: null, ...INPUT }
    expect(await made(flat)).toMatchObject({ source: { bucket: 'studio-raw', key: 'in/film.mp4' } })
    expect(await made({ ...COMPLETE, bucket: 'other', location: 'elsewhere', object: 'nothing' })).toMatchObject({
      source: { bucket: 'studio-raw', key: 'in/film.mp4' },
    })
  })
  test('takes null, and "" for texts, as not set', async () => {
    const nothing = {
      description: null,
      category_id: null,
      tags: '',
      auto_publish: null,
      thumbnail: null,
      review: null,
    }
    const texts = {
      template_group_name: '',
      workflow_name: '',
      output_bucket: null,
      output_path: '',
      storage_mode: null,
    }
    expect(await made({ ...COMPLETE, ...nothing, ...texts, auto_encrypt: null, auto_preheat: null })).toMatchObject({
      ...{ publishWhenReady: false, tags: [], options: {} },
    })
  })
  test('takes numbers as text', async () => {
    const texts = { category_id: '-1', auto_publish: '1', auto_preheat: '1', auto_encrypt: '0', storage_mode: '0' }
    const thumbnail = { type: 'time', time: '12', cover_position: '1' }
    const asset = await made({ ...COMPLETE, ...texts, thumbnail })
    expect(asset).toMatchObject({ publishWhenReady: true, options: { autoPreheat: true } })
    expect(asset).toMatchObject({ snapshots: { settings: { points: { type: 'interval', seconds: 12 } } } })
    expect(asset).not.toHaveProperty('categoryId')
  })
  test('ignores where to put the results when the service keeps them, and members that it does not know', async () => {
    await made({ ...COMPLETE, storage_mode: 0, output_bucket: 'nowhere', output_path: 'out', surprise: { a: [1] } })
  })
  test('takes a title of 128 bytes and 16 tags of 16 bytes', async () => {
    const title = `${'片'.repeat(42)}ab`
    const tags = Array.from({ length: 16 }, (_, n) => `${'签'.repeat(4)}tag${String.fromCharCode(97 + n)}`)
    expect(await made({ ...COMPLETE, title, tags: tags.join(',') })).toMatchObject({ title, tags })
  })
  test('takes every type that any client knows', async () => {
    for (const type of ['3GP', 'MKV', 'RMVB', 'WEBM', 'MP3', 'WV', 'M4R']) await made({ ...COMPLETE, video_type: type })
  })
  test('takes what Terraform sends: a time in thumbnails of dots, and JSON that ends in a line feed', async () => {
    const body = {
      ...COMPLETE,
      auto_publish: 0,
      description: '',
      tags: '',
      thumbnail: { type: 'time', time: 1, dots: [] },
    }
    await callOperation(server.tenant, 'publishAssetFromObs', { body: `${JSON.stringify(body)}\n` })
    await made({ ...COMPLETE, thumbnail: { type: 'dots', time: 0, dots: [1, 2] } })
  })
})

test('the SDK shows the likeliest refusal: no such object', async () => {
  const body = new PublishAssetFromObsReq(PublishAssetFromObsReqVideoTypeEnum.MP4, 'A film')
  body.withInput(new FileAddr('studio-raw', REGION, 'nothing.mp4'))
  const call = server.tenant.vod.publishAssetFromObs(new PublishAssetFromObsRequest().withBody(body))
  expect(await refusalOf(call)).toEqual({
    ...{ status: 400, code: 'VOD.10003', message: 'The specified key does not exist.' },
    requestId: expect.stringMatching(/^[0-9a-f]{32}$/),
  })
})

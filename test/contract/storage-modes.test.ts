import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import {
  DeleteAssetsRequest,
  FileAddr,
  PublishAssetFromObsReq,
  PublishAssetFromObsRequest,
  PublishAssetFromObsReqVideoTypeEnum,
  ShowAssetDetailRequest,
  UpdateBucketAuthorizedReq,
  UpdateBucketAuthorizedRequest,
} from '@huaweicloud/huaweicloud-sdk-vod'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AssetId } from '../../src/core/shared/ids.ts'
import { callOperation, countRows, insertAsset, refused } from './asset-fixtures.ts'
import { get, SEGMENT, SOURCE_FILE } from './delivery-fixtures.ts'
import { type ContractServer, REGION, refusalOf, startContractServer, type Tenant } from './support.ts'

let server: ContractServer
let tenant: Tenant
beforeAll(async () => {
  server = await startContractServer()
  tenant = server.tenant
  for (const bucket of ['studio-raw', 'studio-vod', 'studio-hls', 'not-granted', 'neighbours']) await makeBucket(bucket)
  const neighbour = await server.addProject('neighbour')
  await grant('studio-raw')
  await grant('studio-vod')
  await grant('studio-hls')
  await grant('neighbours', neighbour)
})
afterAll(() => server[Symbol.asyncDispose]())

const put = (bucket: string, key: string, text: string) =>
  server.foundation.store.put({ bucket, key }, Buffer.from(text), { contentType: 'application/octet-stream' })

const makeBucket = async (bucket: string): Promise<void> => {
  await server.foundation.store.createBucket(bucket)
  await put(bucket, 'in/film.mp4', 'the film')
}

const change = (bucket: string, operation: '0' | '1', by = tenant) =>
  by.vod.updateBucketAuthorized(
    new UpdateBucketAuthorizedRequest().withBody(new UpdateBucketAuthorizedReq(bucket, operation)),
  )
const grant = (bucket: string, by = tenant) => change(bucket, '1', by)

const request = (output: string, path: string) =>
  new PublishAssetFromObsRequest().withBody(
    new PublishAssetFromObsReq(PublishAssetFromObsReqVideoTypeEnum.MP4, 'Board meeting')
      .withInput(new FileAddr('studio-raw', REGION, 'in/film.mp4'))
      .withStorageMode(1)
      .withOutputBucket(output)
      .withOutputPath(path),
  )

describe('an import that leaves its media with the tenant', () => {
  test.each(['out/board/', '/out/board', '/'])('says where they are, the path %s as it was given', async (path) => {
    const id: AssetId = Object(await tenant.vod.publishAssetFromObs(request('studio-vod', path))).asset_id
    const { base_info: base } = Object(await tenant.vod.showAssetDetail(new ShowAssetDetailRequest(id)))
    expect(base).toMatchObject({
      source_path: { bucket: 'studio-raw', location: REGION, object: 'in/film.mp4' },
      output_path: { bucket: 'studio-vod', location: REGION, object: path },
    })
    const info = await callOperation(tenant, 'showAssetMeta', { query: `asset_id=${id}` })
    expect(info.asset_info_array[0].base_info).toMatchObject({ output_path: { object: path } })
    const work = await server.foundation.engine.workOf(id)
    expect(work.map(({ kind }) => kind)).toEqual(['transfer'])
  })
  test('is not what happens without storage_mode 1, whatever else is said', async () => {
    const input = { bucket: 'studio-raw', location: REGION, object: 'in/film.mp4' }
    const body = { video_type: 'MP4', title: 'A', input, output_bucket: 'not-granted', output_path: '..' }
    const { asset_id: id } = await callOperation(tenant, 'publishAssetFromObs', { body })
    const { base_info: base } = await callOperation(tenant, 'showAssetDetail', { query: `asset_id=${id}` })
    for (const absent of ['source_path', 'output_path']) expect(base).not.toHaveProperty(absent)
  })
  test.each(['not-granted', 'neighbours', 'there-is-no-such-bucket', `vod-bucket-1-${REGION}`])(
    'needs an authorised output bucket: %s is named',
    async (bucket) => {
      const before = await countRows(server)
      expect(await refusalOf(tenant.vod.publishAssetFromObs(request(bucket, 'out/')))).toMatchObject({
        ...{ status: 400, code: 'VOD.10114', message: expect.stringContaining(bucket) },
      })
      expect(await countRows(server)).toEqual(before)
    },
  )
})

describe('an HLS stream', () => {
  const stream = (path: string, key = 'hls/show 1/film.m3u8') =>
    new PublishAssetFromObsRequest().withBody(
      new PublishAssetFromObsReq(PublishAssetFromObsReqVideoTypeEnum.HLS, 'Ready-made')
        .withInput(new FileAddr('studio-hls', REGION, key))
        .withStorageMode(1)
        .withOutputBucket('studio-hls')
        .withOutputPath(path),
    )
  test.each(['hls/show 1', '/hls/show 1/'])('is taken from where it lies: %s', async (path) => {
    await put('studio-hls', 'hls/show 1/film.m3u8', '#EXTM3U')
    const id: AssetId = Object(await tenant.vod.publishAssetFromObs(stream(path))).asset_id
    const { base_info: base } = Object(await tenant.vod.showAssetDetail(new ShowAssetDetailRequest(id)))
    expect(base).toMatchObject({ video_name: 'film.m3u8', video_type: 'HLS', output_path: { object: path } })
    const work = await server.foundation.engine.workOf(id)
    expect(work.map(({ kind }) => kind)).toEqual(['adopt'])
  })
  test.each(['', '/'])('may lie at the root of its bucket: "%s"', async (path) => {
    await put('studio-hls', 'film.m3u8', '#EXTM3U')
    const id: AssetId = Object(await tenant.vod.publishAssetFromObs(stream(path, 'film.m3u8'))).asset_id
    const { base_info: base } = Object(await tenant.vod.showAssetDetail(new ShowAssetDetailRequest(id)))
    expect(base).toMatchObject({ output_path: { bucket: 'studio-hls', object: path } })
  })
  test.each(['hls', ''])('is refused where its results would lie elsewhere: "%s"', async (path) => {
    const before = await countRows(server)
    expect(await refusalOf(tenant.vod.publishAssetFromObs(stream(path)))).toMatchObject({
      ...{ status: 400, code: 'VOD.10053', message: expect.stringContaining('output_path') },
    })
    expect(await countRows(server)).toEqual(before)
  })
})

/** A worker gets round to it. */
const runLightTasks = async (): Promise<void> => {
  const { engine } = server.foundation
  for (const claim of await engine.fetch('light', 100, 1)) await engine.complete(claim, async () => {})
}

describe('a bucket that results go to', () => {
  test('cannot be taken back before the asset is deleted and what lies there of it swept', async () => {
    await makeBucket('kept')
    await grant('kept')
    const id = await insertAsset(server, tenant, { output: { bucket: 'kept', path: 'out/' } })
    expect(await refusalOf(change('kept', '0'))).toMatchObject({ status: 403, code: 'VOD.10115' })
    expect(await server.auth.isGranted(tenant.projectId, 'kept')).toBe(true)
    await tenant.vod.deleteAssets(new DeleteAssetsRequest([id]))
    expect(await refusalOf(change('kept', '0'))).toMatchObject({ status: 403, code: 'VOD.10115' })
    await runLightTasks()
    expect(await change('kept', '0')).toMatchObject({ httpStatusCode: 200 })
  })
  test('is either taken back or used, when both are asked for at once', async () => {
    await makeBucket('contested')
    for (let n = 0; n < 5; n++) {
      await grant('contested')
      const inserted = insertAsset(server, tenant, { output: { bucket: 'contested', path: '/' } })
      const [asset, revoked] = await Promise.allSettled([inserted, change('contested', '0')])
      expect(new Set([asset.status, revoked.status])).toEqual(new Set(['fulfilled', 'rejected']))
      if (asset.status === 'fulfilled') await tenant.vod.deleteAssets(new DeleteAssetsRequest([asset.value]))
      await runLightTasks()
    }
  })
})

describe('what lies in a tenant’s bucket', () => {
  const OUTPUT = { bucket: 'studio-vod', path: 'out' }
  const insertPlayable = async (source: string): Promise<AssetId> => {
    await put('studio-raw', source, 'the film')
    const found = await server.foundation.store.head({ bucket: 'studio-raw', key: source })
    const id = await insertAsset(server, tenant, {
      ...{ output: OUTPUT, published: true, transcode: { state: 'succeeded' }, renditions: [{}] },
      source: { bucket: 'studio-raw', key: source, sizeBytes: 8, etag: found?.etag ?? '' },
    })
    await put(OUTPUT.bucket, `out/${id}/${SEGMENT}`, 'a segment')
    await put(OUTPUT.bucket, `out/${id}/private.txt`, 'theirs')
    return id
  }
  const read = async (id: AssetId, path: string) => {
    const { status, body } = await get(server, `/asset/${id}/${path}`)
    return status === 200 ? body : status
  }
  test('is played from there, and nothing else of it is', async () => {
    const id = await insertPlayable('in/one.mp4')
    expect(await read(id, SEGMENT)).toBe('a segment')
    expect(await read(id, SOURCE_FILE)).toBe('the film')
    for (const path of ['private.txt', 'in/one.mp4', '../film.mp4']) expect(await read(id, path)).toBe(404)
  })
  test('is not served when it is another film than the one that was named', async () => {
    const id = await insertPlayable('in/two.mp4')
    await put('studio-raw', 'in/two.mp4', 'another film')
    expect([await read(id, SOURCE_FILE), await read(id, SEGMENT)]).toEqual([404, 'a segment'])
  })
  test('is not the service’s to delete', async () => {
    const id = await insertPlayable('in/three.mp4')
    const { delete_result_array: entries } = await callOperation(tenant, 'deleteAssets', {
      query: `asset_id=${id}&delete_type=origin`,
    })
    expect(entries).toEqual([{ asset_id: id, status: 'FAILED' }])
    expect(await read(id, SOURCE_FILE)).toBe('the film')
  })
  test('is out of reach while its grant is gone: not served, no address signed', async () => {
    const id = await insertPlayable('in/four.mp4')
    const signed = async () =>
      (await callOperation(tenant, 'showAssetDetail', { query: `asset_id=${id}` })).base_info.sign_url
    expect(await signed()).toContain('/storage/studio-raw/in/four.mp4')
    await change('studio-raw', '0')
    expect([await read(id, SOURCE_FILE), await read(id, SEGMENT), await signed()]).toEqual([404, 'a segment', ''])
    await change('studio-raw', '1')
    // Only an operator can take an output bucket away.
    await server.auth.assignBucket('studio-vod', 'neighbour')
    expect([await read(id, SOURCE_FILE), await read(id, SEGMENT)]).toEqual(['the film', 404])
    await server.auth.removeBucket('studio-vod')
    await grant('studio-vod')
    expect(await read(id, SEGMENT)).toBe('a segment')
  })
})

test('the output bucket that was deleted after its grant is said to be missing', async () => {
  const { auth, tenant: by } = server
  await makeBucket('gone-again')
  await grant('gone-again')
  await rm(join(server.foundation.config.dataDir, 'buckets', 'gone-again'), { recursive: true })
  const body = { video_type: 'MP4', title: 'A', storage_mode: 1, output_bucket: 'gone-again', output_path: 'out' }
  const input = { bucket: 'studio-raw', location: REGION, object: 'in/film.mp4' }
  expect(await auth.isGranted(by.projectId, 'gone-again')).toBe(true)
  expect(await refused(by.call('POST', '/asset/reproduction', { body: { ...body, input } }))).toBe('400 VOD.10075')
})

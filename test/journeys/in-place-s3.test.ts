import { randomBytes } from 'node:crypto'
import {
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  PutBucketPolicyCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import {
  DeleteAssetsRequest,
  UpdateBucketAuthorizedReq,
  UpdateBucketAuthorizedRequest,
} from '@huaweicloud/huaweicloud-sdk-vod'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createS3Client } from '../../src/adapters/object-store/s3-client.ts'
import { COVER_PATH } from '../../src/core/catalog/object-keys.ts'
import type { AssetId } from '../../src/core/shared/ids.ts'
import { REGION } from '../contract/support.ts'
import { BUCKET, type Installation, type ListedStream, startInstallation } from '../support/installation.ts'
import { clip } from '../support/media.ts'
import { missingS3, mustTestAll, type S3UnderTest, startS3 } from '../support/object-store.ts'
import { PATIENT, until } from '../support/until.ts'
import { decoded } from './decoded.ts'

// The store may be a lasting one.
const RESULTS = `results-${randomBytes(6).toString('hex')}`
const audio = { sample_rate: 1, channels: 2, bitrate: 64 }
const video = { quality: 'FLUENT', width: 320, height: 180, bitrate: 200 }

const missing = missingS3()
if (missing !== undefined) {
  test.skipIf(!mustTestAll())(`storage mode 1 is tested on S3: ${missing}`, () => expect.fail(missing))
}

// One film through its life; each test takes up where the one before left it.
describe.skipIf(missing !== undefined)('results in a bucket of the tenant on an S3 store', () => {
  let s3: S3UnderTest
  let client: S3Client
  let installation: Installation
  let source: string
  let id: AssetId
  let streams: readonly ListedStream[]

  beforeAll(async () => {
    s3 = await startS3()
    client = createS3Client(s3.settings)
    installation = await startInstallation({ s3 })
    const { server, tenant } = installation
    await server.foundation.store.createBucket(RESULTS)
    const grant = new UpdateBucketAuthorizedReq(RESULTS, '1')
    await tenant.vod.updateBucketAuthorized(new UpdateBucketAuthorizedRequest().withBody(grant))
    source = await clip({ seconds: 2 })
    await installation.put('in/film.mp4', { file: source })
  }, 240_000)
  afterAll(async () => {
    await installation?.[Symbol.asyncDispose]()
    client?.destroy()
    await s3?.[Symbol.asyncDispose]()
  })

  const keysIn = async (bucket: string, prefix = ''): Promise<readonly string[]> =>
    Array.fromAsync(installation.server.foundation.store.list(bucket, prefix), ({ key }) => key)

  const post = async (path: string, body: object) => {
    const answer = await installation.tenant.call('POST', path, { body })
    expect(answer.status).toBe(200)
    return Object(answer.body)
  }

  /** From the store itself, as its CDN would; anybody may read there. */
  const anonymous = (path: string) => `${s3.settings.endpoint}/${RESULTS}/out/films/${id}/${path}`

  test(
    'an HLS stream, a file, snapshots and a cover are made there, and nothing in our own bucket',
    PATIENT,
    async () => {
      await post('/asset/template_group/transcodings', {
        ...{ name: 'both', type: 'custom_template_group', common: { pvc: '0', hls_interval: 2 } },
        quality_info_list: [
          { format: 'HLS', video, audio },
          { format: 'MP4', video, audio },
        ],
      })
      const answer = await post('/asset/reproduction', {
        ...{ title: 'A film', video_type: 'MP4', auto_publish: 1, template_group_name: 'both' },
        input: { bucket: BUCKET, location: REGION, object: 'in/film.mp4' },
        thumbnail: { type: 'time', time: 1 },
        ...{ storage_mode: 1, output_bucket: RESULTS, output_path: '/out/films' },
      })
      id = answer.asset_id
      expect(await installation.settled(id)).toMatchObject({
        ...{ asset_status: 'PUBLISHED', transcode_status: 'TRANSCODE_SUCCEED', thumbnail_status: 'THUMBNAIL_SUCCEED' },
      })
      const { server, tenant } = installation
      expect(await keysIn(server.foundation.config.vodBucket, `${tenant.projectId}/`)).toEqual([])
      const results = await keysIn(RESULTS)
      for (const path of [/cover\/Cover0\.jpg/, /snapshot\/sample\/[0-9a-f]{32}_1\.jpg/, /play_video\/index\.m3u8/]) {
        expect(results).toContainEqual(expect.stringMatching(new RegExp(`^out/films/${id}/${path.source}$`)))
      }
    },
  )

  test('they play from our delivery, from the bucket itself, and by a signed URL', PATIENT, async () => {
    const { frames } = await decoded(source)
    streams = await installation.streams(id)
    expect(streams.map(({ play_type }) => play_type)).toEqual(['HLS', 'HLS', 'MP4'])
    for (const { url } of streams) expect((await decoded(url)).frames).toBe(frames)
    expect((await fetch(anonymous('play_video/index.m3u8'))).status).toBe(403)
    const Resource = `arn:aws:s3:::${RESULTS}/*`
    const Statement = [{ Effect: 'Allow', Principal: '*', Action: ['s3:GetObject'], Resource: [Resource] }]
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
    await client.send(new PutBucketPolicyCommand({ Bucket: RESULTS, Policy }))
    expect((await decoded(anonymous('play_video/index.m3u8'))).frames).toBe(frames)
    expect((await decoded(anonymous('play_video/index.m3u8'), 'audio')).seconds).toBeCloseTo(2, 0)
    expect((await decoded(anonymous(COVER_PATH))).frames).toBe(1)
    const file = (await keysIn(RESULTS)).find((key) => key.endsWith('.mp4') && !key.endsWith('init.mp4')) ?? ''
    const signed = await installation.server.foundation.store.signedReadUrl({ bucket: RESULTS, key: file }, 600)
    expect((await decoded(signed)).frames).toBe(frames)
  })

  test('deletion leaves what is theirs, and ends only uploads of ours', PATIENT, async () => {
    const { store } = installation.server.foundation
    const theirs: readonly string[] = ['out/films/notes.txt', `out/films/${id}/play_video/notes.txt`]
    for (const key of theirs) await store.put({ bucket: RESULTS, key }, Buffer.from('a'), { contentType: 'text/plain' })
    // As a worker leaves it that is killed while it writes a large file.
    const ours = `out/films/${id}/play_video/${'0'.repeat(32)}_1_320X180_200_0.mp4`
    const uploads = [`out/films/${id}.mp4`, 'out/films/theirs.mp4']
    for (const Key of [ours, ...uploads]) {
      await client.send(new CreateMultipartUploadCommand({ Bucket: RESULTS, Key }))
    }
    await installation.tenant.vod.deleteAssets(new DeleteAssetsRequest([id]))
    await until('only what is theirs is left', async () => (await keysIn(RESULTS)).length === theirs.length)
    expect(await keysIn(RESULTS)).toEqual(theirs.toSorted())
    const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: RESULTS }))
    expect(new Set(Uploads.map(({ Key }) => Key))).toEqual(new Set(uploads))
    expect(await keysIn(BUCKET)).toContain('in/film.mp4')
  })
})

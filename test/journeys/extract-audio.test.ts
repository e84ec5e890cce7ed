import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import {
  CreateExtractAudioTaskRequest,
  ExtractAudioTaskReq,
  Parameter,
  PublishAssetReq,
  PublishAssetsRequest,
} from '@huaweicloud/huaweicloud-sdk-vod'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type AssetId, parseAssetId } from '../../src/core/shared/ids.ts'
import { ffmpeg } from '../support/ffmpeg.ts'
import { type Installation, startInstallation } from '../support/installation.ts'
import { clip, derive } from '../support/media.ts'
import { PATIENT } from '../support/until.ts'
import { decoded } from './decoded.ts'

let installation: Installation
let film: AssetId
let seconds: number
beforeAll(async () => {
  installation = await startInstallation()
  const source = await clip({ seconds: 3 })
  await installation.put('film.mp4', { file: source })
  seconds = (await decoded(source, 'audio')).seconds
  film = await imported('film.mp4')
})
afterAll(() => installation[Symbol.asyncDispose]())

const imported = async (key: string): Promise<AssetId> => {
  const id = await installation.import(key, { templateGroup: 'non_transcoding_template_group', title: 'Harbour walk' })
  await installation.settled(id)
  return id
}

const order = async (id: AssetId, format: string): Promise<AssetId> => {
  const body = new ExtractAudioTaskReq(id).withParameter(new Parameter().withFormat(format))
  const answer = await installation.tenant.vod.createExtractAudioTask(
    new CreateExtractAudioTaskRequest().withBody(body),
  )
  const audio = parseAssetId(Object(answer).audio_asset_id)
  if (!audio) throw new Error('an id was answered')
  return audio
}

const detailsOf = async (id: AssetId) =>
  Object((await installation.tenant.call('GET', '/asset/details', { query: `asset_id=${id}` })).body).base_info

/** What FFmpeg says of the sound in it. */
const soundOf = async (url: string) =>
  /Audio: (.*)/.exec((await ffmpeg('-i', url, '-f', 'null', '-t', '0', '-')).stderr)?.[1]

test.each([
  ['AAC', /^aac \(LC\), 44100 Hz|^aac \(LC\), 48000 Hz/, 'audio/aac'],
  ['MP3', /^mp3/, 'audio/mpeg'],
])('the sound of a film as %s is an asset of its own, with the same length', PATIENT, async (format, codec, type) => {
  const id = await order(film, format)
  expect(await installation.settled(id)).toMatchObject({
    asset_status: 'CREATED',
    transcode_status: 'TRANSCODE_SUCCEED',
  })
  await installation.tenant.vod.publishAssets(new PublishAssetsRequest().withBody(new PublishAssetReq([id])))
  const { title, video_url, meta_data, video_type, cover_info_array } = await detailsOf(id)
  expect([title, video_type, cover_info_array]).toEqual(['Harbour walk', format, []])
  const answer = await fetch(video_url)
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, type])
  expect(meta_data).toMatchObject({ pack_type: format, codec: format, video_size: (await answer.bytes()).length })
  expect(await soundOf(video_url)).toMatch(codec)
  expect((await decoded(video_url, 'audio')).seconds).toBeCloseTo(seconds, 0)
  expect(Math.abs(meta_data.duration_ms / 1000 - seconds)).toBeLessThan(0.15)
})

test(
  'the sound of a film of 3 seconds lasts 3 seconds, whatever a guess by its packets would say',
  PATIENT,
  async () => {
    const args = ['-f', 'lavfi', '-i', 'testsrc=s=64x64:d=3', '-f', 'lavfi', '-i', 'sine=d=3:r=48000']
    await installation.put('even.mp4', { file: await derive([...args, '-c:v', 'libx264', '-c:a', 'aac'], 'mp4') })
    const id = await imported('even.mp4')
    for (const format of ['MP3', 'AAC']) {
      const audio = await order(id, format)
      await installation.settled(audio)
      expect((await detailsOf(audio)).meta_data).toMatchObject({ duration: 3, duration_ms: 3000 })
    }
  },
)

test('packets that the file takes as they are, are not encoded again', PATIENT, async () => {
  const args = ['-f', 'lavfi', '-i', 'testsrc=s=64x64:d=2', '-f', 'lavfi', '-i', 'sine=d=2:f=440']
  const file = await derive([...args, '-c:v', 'libx264', '-c:a', 'libmp3lame', '-b:a', '64k', '-shortest'], 'mp4')
  await installation.put('tone.mp4', { file })
  const id = await order(await imported('tone.mp4'), 'MP3')
  expect((await installation.settled(id)).transcode_status).toBe('TRANSCODE_SUCCEED')
  expect((await detailsOf(id)).meta_data.bit_rate).toBeCloseTo(64, -1)
})

test(
  'an extraction whose film is gone fails with the reason, and is no asset that could be published',
  PATIENT,
  async () => {
    await installation.put('gone.mp4', { file: await clip({ seconds: 3 }) })
    const id = await imported('gone.mp4')
    const { foundation } = installation.server
    const { sourcePath } = (await foundation.reader.assetById(id)) ?? { sourcePath: '' }
    await rm(
      join(installation.dataDir, 'buckets', foundation.config.vodBucket, installation.tenant.projectId, id, sourcePath),
    )
    const audio = await order(id, 'MP3')
    expect(await installation.settled(audio)).toMatchObject({
      ...{ asset_status: 'FAILED', transcode_status: 'TRANSCODE_FAILED' },
      exec_desc: expect.stringContaining('Extracting gone.mp3 failed: the stored copy of the source is gone'),
    })
    expect(await installation.objects(audio)).toEqual([])
  },
)

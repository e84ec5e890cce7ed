import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  DeleteAssetsRequest,
  PublishAssetReq,
  PublishAssetsRequest,
  ShowAssetDetailRequest,
} from '@huaweicloud/huaweicloud-sdk-vod'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AssetId } from '../../src/core/shared/ids.ts'
import { refusalOf } from '../contract/support.ts'
import { thorough } from '../support/cases.ts'
import { ffmpeg } from '../support/ffmpeg.ts'
import { BUCKET, type Installation, startInstallation } from '../support/installation.ts'
import { jpegSize } from '../support/jpeg.ts'
import { bigBuckBunny, clip, derive, smallBunny } from '../support/media.ts'
import { srt, subtitledClip } from '../support/subtitles.ts'
import { PATIENT, until } from '../support/until.ts'

let installation: Installation
let system: string
beforeAll(async () => {
  installation = await startInstallation()
  await installation.put('film.mp4', { file: await smallBunny() })
  await installation.put('short.mp4', { file: await clip({ seconds: 7, from: 10 }) })
  // Nothing is in it but what the model takes for skin, to a tenth.
  await installation.put('skin.mp4', { file: await plain('0xe0ac90', 12) })
  const { templates } = await installation.tenant.native('GET', '/review-templates')
  system = Object(templates)[0].template_id
})
afterAll(() => installation[Symbol.asyncDispose]())

const plain = (color: string, seconds: number) =>
  derive(
    ['-f', 'lavfi', '-i', `color=${color}:s=640x360:r=10:d=${seconds},format=yuv420p`, '-c:v', 'libx264', '-g', '10'],
    'mp4',
  )

const template = async (name: string, more: object): Promise<string> =>
  String((await installation.tenant.native('POST', '/review-templates', { name, ...more }))['template_id'])

const infoOf = async (id: AssetId) => {
  const { body } = await installation.tenant.call('GET', '/asset/details', { query: `asset_id=${id}` })
  return Object(body).review_info
}
const reviewed = async (id: AssetId) => (await installation.settled(id)).review_status
const cleanup = async (id: AssetId) => {
  await installation.tenant.vod.deleteAssets(new DeleteAssetsRequest().withAssetId([id]))
  await until('everything is swept', async () => (await installation.objects(id)).length === 0)
}
const near = (text: string) => expect(Number(text)).toBeLessThan(0.4)

test('a harmless film passes, with every picture that was looked at', PATIENT, async () => {
  const id = await installation.import('film.mp4', { templateGroup: '', review: system, description: 'A rabbit' })
  expect(await reviewed(id)).toBe('REVIEW_PASSED')
  const info = await infoOf(id)
  expect(info).toMatchObject({
    ...{ review_status: 'REVIEW_PASSED', suggestion: 'pass', exec_desc: 'Review finished' },
    text: { suggestion: 'pass', politics: '', porn: '', abuse: '' },
  })
  const base = `${installation.server.url}/asset/${id}`
  const offsets = [0, 5, 10, 15, 20, 25]
  expect(info.video.map(({ offset, url }: Record<string, unknown>) => [offset, url])).toEqual(
    offsets.map((offset) => [offset, `${base}/snapshot/sample0/${offset}.jpg`]),
  )
  expect(info.cover).toHaveLength(1)
  expect(info.cover[0]).toMatchObject({ suggestion: 'pass', url: `${base}/cover/Cover0.jpg` })
  expect(info.cover[0]).not.toHaveProperty('offset')
  for (const picture of [...info.cover, ...info.video]) {
    expect(picture).toMatchObject({ suggestion: 'pass', politics: [], terrorism: [] })
    expect(picture.porn[0]).toEqual({ confidence: expect.stringMatching(/^[01]\.\d{4}$/), label: 'normal' })
    for (const { confidence } of picture.porn.slice(1)) near(confidence)
  }
  const shown = await fetch(info.video[3].url)
  expect(jpegSize(Buffer.from(await shown.arrayBuffer()))).toEqual({ width: 400, height: 225 })
  expect((await fetch(`${base}/snapshot/sample0/30.jpg`)).status).toBe(404)
  // As the SDK reads it.
  const read = await installation.tenant.vod.showAssetDetail(new ShowAssetDetailRequest(id))
  expect(Object(read).review_info.suggestion).toBe('pass')
  expect((await installation.objects(id)).filter((key) => key.includes('sample0'))).toHaveLength(6)
  await cleanup(id)
})

test(
  'what exceeds the threshold suggests block, what comes near it review, and neither unpublishes',
  PATIENT,
  async () => {
    const [strict, wary] = [await template('strict', { porn: 5 }), await template('wary', { porn: 15, interval: 2 })]
    const [blocked, doubtful] = [
      await installation.import('skin.mp4', { templateGroup: '', review: strict }),
      await installation.import('skin.mp4', { templateGroup: '', review: wary }),
    ]
    expect([await reviewed(blocked), await reviewed(doubtful)]).toEqual(['REVIEW_SUSPICIOUS', 'REVIEW_SUSPICIOUS'])
    const [block, review] = [await infoOf(blocked), await infoOf(doubtful)]
    const suggestions = ({ suggestion, video }: ReturnType<typeof Object>) => [
      suggestion,
      ...video.map((picture: { suggestion: string }) => picture.suggestion),
    ]
    expect(suggestions(block)).toEqual(Array(4).fill('block'))
    expect(suggestions(review)).toEqual(Array(7).fill('review'))
    expect((await installation.listed(blocked)).asset_status).toBe('PUBLISHED')
  },
)

test('words in title and description are found, however they are written', PATIENT, async () => {
  const folder = join(installation.dataDir, 'review')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'politics.txt'), '# ours\n!某某会\nfreedom party\n')
  const off = await template('words_only', { porn: 0 })
  const text = async (title: string, description = '') => {
    const id = await installation.import('short.mp4', { templateGroup: '', review: off, title, description })
    const status = await reviewed(id)
    const { text: found, suggestion, video, cover } = await infoOf(id)
    expect([video, cover]).toEqual([[], []])
    return [status, suggestion, found.politics, found.porn, found.abuse]
  }
  expect(await text('Grass and class')).toEqual(['REVIEW_PASSED', 'pass', '', '', ''])
  expect(await text('What the ｆ u c k', '色\u200b 情')).toEqual(['REVIEW_SUSPICIOUS', 'review', '', '色情', 'fuck'])
  expect(await text('某 某 会')).toEqual(['REVIEW_SUSPICIOUS', 'block', '某某会', '', ''])
  expect(await text('The Freedom-Party')).toEqual(['REVIEW_SUSPICIOUS', 'review', 'freedom party', '', ''])
  await rm(folder, { recursive: true })
})

thorough('a scene that nothing can see asks for a person, and says so', PATIENT, async () => {
  const all = await template('all', { terrorism: 60, politics: 60 })
  const id = await installation.import('short.mp4', { templateGroup: '', review: all })
  expect(await reviewed(id)).toBe('REVIEW_SUSPICIOUS')
  expect(await infoOf(id)).toMatchObject({
    ...{ suggestion: 'review', exec_desc: 'Review finished. Nothing here can look for: terrorism, politics' },
  })
})

test('a person blocks: nobody plays or publishes it, until a person passes it', PATIENT, async () => {
  const { tenant } = installation
  const id = await installation.import('short.mp4', { templateGroup: '', review: system })
  expect(await reviewed(id)).toBe('REVIEW_PASSED')
  const picture = (await infoOf(id)).video[0].url
  expect((await fetch(picture)).status).toBe(200)
  await tenant.native('PUT', '/reviews/verdict', { asset_id: id, verdict: 'block', note: 'not ours' })
  expect(await installation.listed(id)).toMatchObject({ asset_status: 'CREATED', review_status: 'REVIEW_BLOCKED' })
  expect((await fetch(picture)).status).toBe(404)
  const publish = () => tenant.vod.publishAssets(new PublishAssetsRequest().withBody(new PublishAssetReq([id])))
  expect(await refusalOf(publish())).toMatchObject({ status: 403, code: 'VOD.10099' })
  expect((await infoOf(id)).exec_desc).toMatch(/^Review finished\. Blocked by .+: not ours$/)
  // A person still sees what there is to decide upon.
  const { pictures } = await tenant.native('GET', `/reviews/pictures?asset_id=${id}&all=1`)
  expect((await fetch(Object(pictures)[0].url)).status).toBe(200)
  await tenant.native('PUT', '/reviews/verdict', { asset_id: id, verdict: 'pass' })
  expect((await installation.listed(id)).asset_status).toBe('CREATED')
  await publish()
  expect(await installation.listed(id)).toMatchObject({ asset_status: 'PUBLISHED', review_status: 'REVIEW_PASSED' })
  await cleanup(id)
})

thorough('reviewed before it is published, by a template that publishes what passes', PATIENT, async () => {
  const careful = await template('careful', { publish_on_pass: true })
  const wanted = { templateGroup: '', review: careful, publish: false }
  const [good, bad] = [
    await installation.import('short.mp4', wanted),
    await installation.import('short.mp4', { ...wanted, title: 'porn' }),
  ]
  expect(await installation.settled(good)).toMatchObject({ asset_status: 'PUBLISHED', review_status: 'REVIEW_PASSED' })
  expect(await installation.settled(bad)).toMatchObject({ asset_status: 'CREATED', review_status: 'REVIEW_SUSPICIOUS' })
  await installation.tenant.native('PUT', '/reviews/verdict', { asset_id: bad, verdict: 'pass' })
  expect((await installation.listed(bad)).asset_status).toBe('PUBLISHED')
})

const songWithPicture = () => {
  const sound = ['-i', bigBuckBunny(), '-f', 'lavfi', '-i', 'color=0xe0ac90:s=300x300:d=1', '-t', '3']
  const picture = ['-frames:v', '1', '-c:v', 'mjpeg', '-disposition:v', 'attached_pic']
  return derive([...sound, '-map', '0:a', '-map', '1:v', '-c:a', 'libmp3lame', ...picture], 'mp3')
}

test('the picture of a sound is not read from a bucket that was taken back', PATIENT, async () => {
  const { server, tenant } = installation
  await server.foundation.store.createBucket('theirs')
  await server.auth.authorizeBucket({ projectId: tenant.projectId, bucket: 'theirs', operation: 'grant' })
  await installation.put('taken.mp3', { file: await songWithPicture() })
  const output = { bucket: 'theirs', path: 'out' }
  const id = await installation.import('taken.mp3', { type: 'MP3', templateGroup: '', output })
  await installation.settled(id)
  // The service itself refuses that while results lie there.
  await server.foundation.db
    .updateTable('tenant_bucket')
    .set({ authorized: false })
    .where('name', '=', 'theirs')
    .execute()
  await tenant.call('POST', '/asset/review', { body: { asset_id: id, review: { template_id: system } } })
  expect(await installation.settled(id)).toMatchObject({
    review_status: 'REVIEW_FAILED',
    exec_desc: expect.stringContaining('failed: bucket theirs may not be used any more'),
  })
})

test(
  'a sound has its texts and its picture looked at; a stream that stays where it lies its film',
  PATIENT,
  async () => {
    const song = await songWithPicture()
    await installation.put('song.mp3', { file: song })
    const strict = await template('strict_sound', { porn: 5 })
    const sound = await installation.import('song.mp3', { type: 'MP3', templateGroup: '', review: strict })
    expect(await reviewed(sound)).toBe('REVIEW_SUSPICIOUS')
    expect(await infoOf(sound)).toMatchObject({ suggestion: 'block', video: [], cover: [{ suggestion: 'block' }] })
    const folder = join(installation.dataDir, 'buckets', BUCKET, 'show')
    await mkdir(folder, { recursive: true })
    const short = await clip({ seconds: 7, from: 10 })
    await ffmpeg(
      '-v',
      'error',
      '-i',
      short,
      '-c',
      'copy',
      '-f',
      'hls',
      '-hls_playlist_type',
      'vod',
      join(folder, 'index.m3u8'),
    )
    const output = { bucket: BUCKET, path: '/show' }
    const stream = await installation.import('show/index.m3u8', {
      type: 'HLS',
      templateGroup: '',
      output,
      review: system,
    })
    expect(await reviewed(stream)).toBe('REVIEW_PASSED')
    expect((await infoOf(stream)).video.map(({ offset }: { offset: number }) => offset)).toEqual([0, 5])
  },
)

thorough(
  "a film's own subtitles are looked through, cue by cue, though they are made beside the review",
  PATIENT,
  async () => {
    const args = ['-vf', 'scale=320:180', '-c:v', 'libx264', '-preset', 'ultrafast', '-c:a', 'aac']
    const put = async (key: string, text: string) => {
      const track = { text, extension: 'srt', codec: 'subrip', language: 'eng' } as const
      await installation.put(key, { file: await subtitledClip([track], { seconds: 3, extension: 'mkv', args }) })
    }
    await put('rude.mkv', `${srt('hello', 1)}\n2\n00:00:02,000 --> 00:00:02,500\nf<b>u</b>ck\n`)
    // No cue says it; one ends with its beginning.
    await put('polite.mkv', '1\n00:00:01,000 --> 00:00:01,500\n色\n\n2\n00:00:02,000 --> 00:00:02,500\n情\n')
    const words = await template('words_alone', { porn: 0 })
    const [rude, polite] = [
      await installation.import('rude.mkv', { type: 'MKV', review: words }),
      await installation.import('polite.mkv', { type: 'MKV', review: words }),
    ]
    expect(await reviewed(rude)).toBe('REVIEW_SUSPICIOUS')
    expect((await infoOf(rude)).text).toMatchObject({ suggestion: 'review', abuse: 'fuck' })
    expect(await reviewed(polite)).toBe('REVIEW_PASSED')
  },
)

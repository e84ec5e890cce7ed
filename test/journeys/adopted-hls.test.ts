import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  AssetProcessReq,
  CreateAssetProcessTaskRequest,
  DeleteAssetsRequest,
  Thumbnail,
  ThumbnailTypeEnum,
} from '@huaweicloud/huaweicloud-sdk-vod'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AssetId } from '../../src/core/shared/ids.ts'
import { REGION } from '../contract/support.ts'
import { openBrowser, watch, withoutBrowser } from '../support/browser.ts'
import { thorough } from '../support/cases.ts'
import { ffmpeg } from '../support/ffmpeg.ts'
import { BUCKET, type Installation, startInstallation } from '../support/installation.ts'
import { jpegSize } from '../support/jpeg.ts'
import { clip } from '../support/media.ts'
import { PATIENT, until } from '../support/until.ts'
import { decoded } from './decoded.ts'

/** With a keyframe at every second, so that there are several segments. */
const ENCODED = ['-c:v', 'libx264', '-preset', 'ultrafast', '-c:a', 'copy']

let installation: Installation
let source: string
beforeAll(async () => {
  installation = await startInstallation()
  source = await clip({ seconds: 3 })
  await makeSegments('show/v1', ENCODED)
  await makeSegments('show/v2', ['-vf', 'scale=160:90', ...ENCODED])
  const variant = (bandwidth: string, folder: string) => [
    `#EXT-X-STREAM-INF:BANDWIDTH=${bandwidth}`,
    `${folder}/index.m3u8`,
  ]
  const master = [
    '#EXTM3U',
    ...variant('90000,RESOLUTION=160x90', 'v2'),
    ...variant('400000,RESOLUTION=320x180', 'v1'),
    '',
  ]
  await installation.put('show/master.m3u8', Buffer.from(master.join('\n')))
  await installation.put('show/private.txt', Buffer.from('nobody may see this'))
})
afterAll(() => installation[Symbol.asyncDispose]())

const pathOf = (key: string) => join(installation.dataDir, 'buckets', BUCKET, key)

/** An HLS stream as FFmpeg makes one, in a folder of the tenant's bucket. */
const makeSegments = async (folder: string, args: readonly string[]): Promise<void> => {
  await mkdir(pathOf(folder), { recursive: true })
  const hls = ['-f', 'hls', '-hls_time', '1', '-hls_playlist_type', 'vod', '-force_key_frames', 'expr:gte(t,n_forced)']
  const segments = args.includes('fmp4') ? [] : ['-hls_segment_filename', pathOf(`${folder}/%03d.ts`)]
  await ffmpeg('-v', 'error', '-i', source, ...args, ...hls, ...segments, pathOf(`${folder}/index.m3u8`))
}

const adopt = (key: string, folder: string): Promise<AssetId> =>
  installation.import(key, { type: 'HLS', templateGroup: '', output: { bucket: BUCKET, path: folder } })

/** By the store: it gets over folders that a sweep removes meanwhile. */
const filesOf = async (folder: string): Promise<readonly string[]> => {
  const found = await Array.fromAsync(installation.server.foundation.store.list(BUCKET, `${folder}/`))
  return found.map(({ key }) => key.slice(folder.length + 1)).toSorted()
}

const infoOf = async (id: AssetId) => {
  const { body } = await installation.tenant.call('GET', '/asset/info', { query: `asset_id=${id}` })
  return Object(body).asset_info_array[0]
}

test(
  'a master with MPEG-TS beside it is served from where it lies, and its deletion leaves it there',
  PATIENT,
  async () => {
    const before = await filesOf('show')
    const id = await adopt('show/master.m3u8', '/show')
    expect(await installation.settled(id)).toMatchObject({
      asset_status: 'PUBLISHED',
      transcode_status: 'UN_TRANSCODE',
    })
    const { base_info, play_info_array } = await infoOf(id)
    expect(base_info).toMatchObject({
      source_path: { object: 'show/master.m3u8' },
      output_path: { object: '/show' },
      meta_data: { width: 320, height: 180, codec: 'H.264', duration: 3 },
    })
    const at = `${installation.server.url}/asset/${id}/play_video/`
    const sizes = play_info_array.map(({ url, meta_data }: { url: string; meta_data: { width: number } }) => [
      ...[url, meta_data.width],
    ])
    expect(sizes).toEqual([
      [`${at}index.m3u8`, 0],
      [`${at}v1/index.m3u8`, 320],
      [`${at}v2/index.m3u8`, 160],
    ])
    const { frames } = await decoded(source)
    for (const [url] of sizes) expect((await decoded(url)).frames).toBe(frames)
    expect((await decoded(base_info.cover_info_array[0].cover_url)).frames).toBe(1)
    expect(await (await fetch(`${at}index.m3u8`)).text()).toBe(await readFile(pathOf('show/master.m3u8'), 'utf8'))
    for (const path of ['private.txt', 'v1/', '../private.txt', 'v1/999.ts', 'show/master.m3u8']) {
      expect((await fetch(at + path)).status).toBe(404)
    }
    if (!withoutBrowser) await playsInBrowser(id)
    await installation.tenant.vod.deleteAssets(new DeleteAssetsRequest([id]))
    expect((await fetch(`${at}v1/000.ts`)).status).toBe(404)
    await until('only what is theirs is left', async () => (await filesOf('show')).length === before.length)
    expect(await filesOf('show')).toEqual(before)
  },
)

const playsInBrowser = async (id: AssetId): Promise<void> => {
  await using browser = await openBrowser()
  await using page = await watch(browser, `${installation.server.url}/watch/${id}`)
  expect(page.qualities).toHaveLength(2)
  expect((await page.play(1, 0, 1)).height).toBe(180)
  expect(await page.errors()).toEqual([])
}

/** With pictures of the first and the last of its three seconds. */
const importWithSnapshots = async (key: string, folder: string): Promise<AssetId> => {
  const body = {
    ...{ title: 'A stream', video_type: 'HLS', auto_publish: 1, thumbnail: { type: 'dots', dots: [2, 0] } },
    ...{ storage_mode: 1, output_bucket: BUCKET, output_path: folder },
    input: { bucket: BUCKET, location: REGION, object: key },
  }
  const answer = await installation.tenant.call('POST', '/asset/reproduction', { body })
  expect(answer.text).toContain('asset_id')
  return Object(answer.body).asset_id
}

const thumbnailsOf = async (id: AssetId): Promise<readonly { readonly offset: number; readonly url: string }[]> => {
  const { body } = await installation.tenant.call('GET', '/asset/details', { query: `asset_id=${id}` })
  return Object(body).thumbnail_info?.dots ?? []
}

const pictureAt = async (url: string): Promise<Uint8Array> => {
  const answer = await fetch(url)
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/jpeg'])
  return new Uint8Array(await answer.arrayBuffer())
}

test('of a stream there are snapshots and a storyboard, of its best variant, also later', PATIENT, async () => {
  const before = await filesOf('show')
  const id = await importWithSnapshots('show/master.m3u8', 'show')
  expect(await installation.settled(id)).toMatchObject({ thumbnail_status: 'THUMBNAIL_SUCCEED' })
  const [first, last] = await thumbnailsOf(id)
  expect([first?.offset, last?.offset]).toEqual([0, 2])
  const shown = await pictureAt(last?.url ?? '')
  expect(jpegSize(shown)).toEqual({ width: 320, height: 180 })
  expect(shown).not.toEqual(await pictureAt(first?.url ?? ''))
  const { base_info } = await infoOf(id)
  expect(await pictureAt(base_info.cover_info_array[0].cover_url)).toEqual(await pictureAt(first?.url ?? ''))
  const storyboard = `${installation.server.url}/asset/${id}/snapshot/storyboard`
  expect(await (await fetch(`${storyboard}/index.vtt`)).text()).toContain('0.jpg#xywh=0,0,160,90')
  expect(jpegSize(await pictureAt(`${storyboard}/0.jpg`))).toEqual({ width: 800, height: 450 })
  expect(await filesOf(`show/${id}`)).toContainEqual(expect.stringMatching(/^snapshot\/sample\/[0-9a-f]{32}_2\.jpg$/))
  const thumbnail = new Thumbnail(ThumbnailTypeEnum.DOTS).withDots([1]).withMaxLength(160)
  const order = new CreateAssetProcessTaskRequest().withBody(new AssetProcessReq(id).withThumbnail(thumbnail))
  await installation.tenant.vod.createAssetProcessTask(order)
  await installation.settled(id)
  const later = await thumbnailsOf(id)
  expect([later.map(({ offset }) => offset), jpegSize(await pictureAt(later[0]?.url ?? ''))]).toEqual([
    ...[[1], { width: 160, height: 90 }],
  ])
  await installation.tenant.vod.deleteAssets(new DeleteAssetsRequest([id]))
  await until('only what is theirs is left', async () => (await filesOf('show')).length === before.length)
})

test('of a stream whose times begin anew there are none, and it plays all the same', PATIENT, async () => {
  await makeSegments('cut', ENCODED)
  const text = await readFile(pathOf('cut/index.m3u8'), 'utf8')
  await writeFile(pathOf('cut/index.m3u8'), text.replace(/(000\.ts\n)/, '$1#EXT-X-DISCONTINUITY\n'))
  const id = await importWithSnapshots('cut/index.m3u8', 'cut')
  const { asset_status, exec_desc } = await installation.settled(id)
  expect([asset_status, exec_desc]).toEqual(['PUBLISHED', expect.stringContaining('it has an #EXT-X-DISCONTINUITY')])
  expect(await thumbnailsOf(id)).toEqual([])
  expect((await infoOf(id)).base_info.cover_info_array).toHaveLength(1)
})

thorough('of a stream with a segment that is another now there are no new pictures', PATIENT, async () => {
  await makeSegments('swapped', ENCODED)
  const id = await importWithSnapshots('swapped/index.m3u8', 'swapped')
  await installation.settled(id)
  await writeFile(pathOf('swapped/001.ts'), await readFile(pathOf('show/v2/001.ts')))
  const thumbnail = new Thumbnail(ThumbnailTypeEnum.DOTS).withDots([1])
  const order = new CreateAssetProcessTaskRequest().withBody(new AssetProcessReq(id).withThumbnail(thumbnail))
  await installation.tenant.vod.createAssetProcessTask(order)
  const { exec_desc } = await installation.settled(id)
  expect(exec_desc).toContain('Snapshots of index.m3u8 failed: 001.ts is not the file that was adopted')
})

thorough('sound that lies apart does not keep pictures from being made', PATIENT, async () => {
  await makeSegments('apart/v', ['-an', '-c:v', 'libx264', '-preset', 'ultrafast', '-hls_segment_type', 'fmp4'])
  await makeSegments('apart/a', ['-vn', '-c:a', 'copy'])
  const sound = '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="n",URI="a/index.m3u8"'
  const master = ['#EXTM3U', sound, '#EXT-X-STREAM-INF:BANDWIDTH=400000,AUDIO="a"', 'v/index.m3u8', '']
  await installation.put('apart/all.m3u8', Buffer.from(master.join('\n')))
  const id = await importWithSnapshots('apart/all.m3u8', 'apart')
  expect(await installation.settled(id)).toMatchObject({ thumbnail_status: 'THUMBNAIL_SUCCEED' })
  expect(await thumbnailsOf(id)).toHaveLength(2)
})

test('fragmented MP4 in one file is served by its byte ranges', PATIENT, async () => {
  const args = ['-c', 'copy', '-hls_segment_type', 'fmp4', '-hls_flags', 'single_file']
  await makeSegments('whole film', args)
  const id = await adopt('whole film/index.m3u8', 'whole film/')
  expect(await installation.settled(id)).toMatchObject({ asset_status: 'PUBLISHED' })
  const { play_info_array: streams } = await infoOf(id)
  expect(streams).toEqual([expect.objectContaining({ meta_data: expect.objectContaining({ width: 320 }) })])
  expect((await decoded(streams[0].url)).frames).toBe((await decoded(source)).frames)
  const { frames } = await decoded(streams[0].url)
  // What was looked at is what is served: another version of a file is another film.
  const [file = ''] = (await filesOf('whole film')).filter((name) => name.endsWith('.m4s') || name.endsWith('.mp4'))
  const url = `${installation.server.url}/asset/${id}/play_video/${file}`
  expect([frames > 0, (await fetch(url)).status]).toEqual([true, 200])
  await writeFile(pathOf(`whole film/${file}`), await readFile(pathOf('show/v1/000.ts')))
  expect((await fetch(url)).status).toBe(404)
})

test.each([
  ['is missing', async (path: string) => rm(path), '001.ts is missing'],
  ['is empty', async (path: string) => writeFile(path, ''), '001.ts is empty'],
  ['is a page', async (path: string) => writeFile(path, '<html>'), 'the segment 001.ts is not what the playlist says'],
] as const)(
  'a stream of which a segment %s is not published; the segment is named',
  PATIENT,
  async (_, harm, reason) => {
    await makeSegments('broken', ENCODED)
    await harm(pathOf('broken/001.ts'))
    const id = await adopt('broken/index.m3u8', 'broken')
    const { asset_status, exec_desc } = await installation.settled(id)
    expect(asset_status).toBe('FAILED')
    expect(exec_desc).toContain(`Adopting ${BUCKET}/broken/index.m3u8 failed: `)
    expect(exec_desc).toContain(reason)
  },
)

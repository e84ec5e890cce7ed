import {
  AssetProcessReq,
  CreateAssetProcessTaskRequest,
  Thumbnail,
  ThumbnailTypeEnum,
} from '@huaweicloud/huaweicloud-sdk-vod'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AssetId } from '../../src/core/shared/ids.ts'
import { REGION } from '../contract/support.ts'
import { BUCKET, type Installation, startInstallation } from '../support/installation.ts'
import { grayOf, jpegSize } from '../support/jpeg.ts'
import { clip } from '../support/media.ts'
import { until } from '../support/until.ts'

let installation: Installation
beforeAll(async () => {
  installation = await startInstallation()
  await installation.put('film.mp4', { file: await clip({ seconds: 3, from: 10 }) })
  await installation.put('song.mp3', {
    file: await clip({ seconds: 1, args: ['-vn', '-c:a', 'libmp3lame', '-ac', '2'], extension: 'mp3' }),
  })
})
afterAll(() => installation[Symbol.asyncDispose]())

interface Snapshot {
  readonly offset: number
  readonly url: string
}

const imported = async (thumbnail: object | undefined, more: object = {}) => {
  const body = {
    ...{ title: 'A film', video_type: 'MP4', auto_publish: 1, thumbnail },
    input: { bucket: BUCKET, location: REGION, object: 'film.mp4' },
    ...more,
  }
  const answer = await installation.tenant.call('POST', '/asset/reproduction', { body })
  expect(answer.text).toContain('asset_id')
  return shown(Object(answer.body).asset_id)
}

/** When nothing is left to do for it. */
const shown = async (id: AssetId) => {
  await installation.settled(id)
  const { assets } = Object((await installation.tenant.call('GET', '/asset/list', { query: `asset_id=${id}` })).body)
  const { body: details } = await installation.tenant.call('GET', '/asset/details', { query: `asset_id=${id}` })
  const { base_info: base, thumbnail_info: thumbnails } = Object(details)
  return { id, listed: assets[0], thumbnails, cover: base.cover_info_array[0]?.cover_url }
}
const pictureAt = async (url: string): Promise<Uint8Array> => {
  const answer = await fetch(url)
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/jpeg'])
  return new Uint8Array(await answer.arrayBuffer())
}
const order = async (id: AssetId, thumbnail: Thumbnail, group?: string): Promise<string> => {
  const body = new AssetProcessReq(id).withThumbnail(thumbnail)
  if (group !== undefined) body.withTemplateGroupName(group)
  const request = new CreateAssetProcessTaskRequest().withBody(body)
  return Object(await installation.tenant.vod.createAssetProcessTask(request)).thumbnail_task_id
}
const dotsAt = (...seconds: number[]) =>
  new Thumbnail(ThumbnailTypeEnum.DOTS).withDots(seconds).withMaxLength(80).withCoverPosition(1)
const snapshotFiles = async (id: AssetId) =>
  (await installation.objects(id)).filter((path) => path.startsWith('snapshot/sample/'))

describe('snapshots', () => {
  test('at an interval are listed and served, and one of them is the cover', async () => {
    const { id, listed, thumbnails, cover } = await imported({
      type: 'time',
      time: 1,
      cover_position: 3,
      max_length: 160,
    })
    expect(listed.thumbnail_status).toBe('THUMBNAIL_SUCCEED')
    const base = `${installation.server.url}/asset/${id}/snapshot/sample`
    expect(thumbnails.sample).toEqual([0, 1, 2].map((offset) => ({ offset, url: `${base}/${offset}.jpg` })))
    const pictures = await Promise.all(thumbnails.sample.map(({ url }: Snapshot) => pictureAt(url)))
    expect(pictures.map(jpegSize)).toEqual(Array.from({ length: 3 }, () => ({ width: 160, height: 90 })))
    expect(Buffer.from(await pictureAt(cover)).equals(Buffer.from(pictures[2]))).toBe(true)
    expect(Buffer.from(pictures[0]).equals(Buffer.from(pictures[2]))).toBe(false)
    expect((await fetch(`${base}/3.jpg`)).status).toBe(404)
  })

  test('at points have bars where asked for, and say what lies behind the end', async () => {
    const upright = { object: 'upright.mp4' }
    const args = ['-vf', 'transpose=1,scale=90:160', '-c:v', 'libx264', '-preset', 'ultrafast', '-an']
    await installation.put(upright.object, { file: await clip({ seconds: 2, from: 10, args }) })
    const thumbnail = { type: 'dots', dots: [90, 1, 3600], cover_position: 2, aspect_ratio: 1 }
    const input = { bucket: BUCKET, location: REGION, ...upright }
    const { thumbnails, cover } = await imported(thumbnail, { input })
    expect(thumbnails.dots.map(({ offset }: Snapshot) => offset)).toEqual([1])
    expect(thumbnails.exec_desc).toBe(
      'Thumbnail success. Behind the end of the film and skipped: 90, 3600 s. The cover is the last of 1 snapshots',
    )
    const picture = await pictureAt(cover)
    expect(jpegSize(picture)).toEqual({ width: 284, height: 160 })
    expect(await grayOf(picture, 'crop=80:160:0:0')).toBe(0)
    expect(await grayOf(picture, 'crop=60:140:110:10')).toBeGreaterThan(10)
  })

  test('of which more are wanted than the film has seconds are fewer, and say so; the cover is counted as they are listed', async () => {
    const { thumbnails } = await imported({ type: 'quantity', quantity: 10 })
    expect(thumbnails.quantity.map(({ offset }: Snapshot) => offset)).toEqual([0, 1, 2])
    expect(thumbnails.exec_desc).toBe('Thumbnail success. Only 3 of 10: there is at most one for each second')
    const { thumbnails: dots, cover } = await imported({ type: 'dots', dots: [2, 0, 2], cover_position: 2 })
    expect(dots.dots.map(({ offset }: Snapshot) => offset)).toEqual([0, 2])
    expect(Buffer.from(await pictureAt(cover)).equals(Buffer.from(await pictureAt(dots.dots[1].url)))).toBe(true)
  })

  test('that all lie behind the end are a failure that says so; the first frame is the cover then', async () => {
    const { id, listed, thumbnails, cover } = await imported({ type: 'dots', dots: [30, 60] })
    expect([listed.asset_status, listed.thumbnail_status]).toEqual(['PUBLISHED', 'THUMBNAIL_FAILED'])
    expect(listed.exec_desc).toContain(
      'thumbnail_exec_desc:Snapshots of film.mp4 failed: none of the 2 points lies within the picture of the film;',
    )
    expect(thumbnails).toBeUndefined()
    expect(jpegSize(await pictureAt(cover))).toEqual({ width: 320, height: 180 })
    expect(await snapshotFiles(id)).toEqual([])
  })

  test('of sound are not made, and nothing fails for it', async () => {
    const input = { bucket: BUCKET, location: REGION, object: 'song.mp3' }
    const { listed } = await imported({ type: 'quantity', quantity: 3 }, { input, video_type: 'MP3' })
    expect([listed.asset_status, listed.thumbnail_status]).toEqual(['PUBLISHED', 'UN_THUMBNAIL'])
    expect(listed.exec_desc).toContain('thumbnail_exec_desc:Audio files have no snapshots;')
  })

  test('that were deleted are swept, but for the cover', async () => {
    const { id } = await imported({ type: 'quantity', quantity: 2 })
    const [cover, other] = await snapshotFiles(id)
    expect(other).toBe(cover?.replace('_0.jpg', '_1.jpg'))
    const asset = await installation.server.foundation.reader.assetById(id)
    const task = asset?.snapshots.state === 'succeeded' ? asset.snapshots.task : ''
    const query = `asset_id=${id}&task_id=${task}`
    const answer = await installation.tenant.call('DELETE', '/asset/thumbnails', { version: 'v1', query })
    expect(answer.status).toBe(200)
    await until('the snapshots are swept', async () => (await snapshotFiles(id)).length === 1)
    expect(await snapshotFiles(id)).toEqual([cover])
  })
})

describe('snapshots that are ordered later', () => {
  test('take the place of those before and of the cover, as often as one likes', async () => {
    const { id } = await imported({ type: 'time', time: 1 })
    const task = await order(id, dotsAt(2, 0))
    const first = await shown(id)
    expect(first.listed.thumbnail_status).toBe('THUMBNAIL_SUCCEED')
    expect([first.thumbnails.sample, first.thumbnails.dots.map(({ offset }: Snapshot) => offset)]).toEqual([[], [0, 2]])
    const pictures = await Promise.all(first.thumbnails.dots.map(({ url }: Snapshot) => pictureAt(url)))
    expect(pictures.map(jpegSize)).toEqual(Array.from({ length: 2 }, () => ({ width: 80, height: 45 })))
    expect(Buffer.from(await pictureAt(first.cover)).equals(Buffer.from(pictures[0]))).toBe(true)
    await until('those before are swept', async () => (await snapshotFiles(id)).length === 2)
    const again = await order(id, dotsAt(2, 0))
    expect((await shown(id)).thumbnails).toEqual(first.thumbnails)
    expect(again).not.toBe(task)
    const { body } = await installation.tenant.call('GET', '/asset/thumbnails', {
      version: 'v1',
      query: `asset_id=${id}`,
    })
    expect(Object(body).thumbnails).toMatchObject([{ task_id: again, thumbnail_count: 2 }])
  })

  test('together with a transcode are made beside it', async () => {
    const { id } = await imported(undefined)
    await order(id, dotsAt(1), 'system_template_group')
    const { listed } = await shown(id)
    expect([listed.thumbnail_status, listed.transcode_status]).toEqual(['THUMBNAIL_SUCCEED', 'TRANSCODE_SUCCEED'])
    expect(await installation.streams(id)).not.toEqual([])
  })

  test('leave those before where they are when they fail', async () => {
    const { id, thumbnails: before, cover } = await imported({ type: 'quantity', quantity: 2 })
    await order(id, dotsAt(30))
    const { listed, thumbnails, cover: coverAfter } = await shown(id)
    expect([listed.thumbnail_status, thumbnails, coverAfter]).toEqual(['THUMBNAIL_FAILED', undefined, cover])
    await until('what is litter is swept', async () =>
      (await installation.server.foundation.engine.workOf(id)).some(
        ({ kind, state }) => kind === 'sweep' && state === 'done',
      ),
    )
    for (const { url } of before.quantity) expect(jpegSize(await pictureAt(url))).toEqual({ width: 320, height: 180 })
  })
})

test('every film has a storyboard: a WebVTT whose cues name parts of sheets', async () => {
  const { id } = await imported(undefined)
  const base = `${installation.server.url}/asset/${id}/snapshot/storyboard`
  const answer = await fetch(`${base}/index.vtt`)
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/vtt; charset=utf-8'])
  expect(await answer.text()).toMatch(/^WEBVTT\n\n00:00:00\.000 --> 00:00:\d\d\.\d{3}\n0\.jpg#xywh=0,0,160,90\n/)
  expect(jpegSize(await pictureAt(`${base}/0.jpg`))).toEqual({ width: 800, height: 450 })
  expect((await fetch(`${base}/1.jpg`)).status).toBe(404)
})

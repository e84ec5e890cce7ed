import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AssetId } from '../../src/core/shared/ids.ts'
import {
  addWatermark,
  confirm,
  createWatermark,
  PATH,
  pictureBytes,
  putChunked,
  setDefault,
} from '../contract/watermark-fixtures.ts'
import { boxAround, isNear, pixel } from '../ffmpeg/marked.ts'
import { rawFrames } from '../ffmpeg/raw-frames.ts'
import { type Installation, startInstallation } from '../support/installation.ts'
import { derive } from '../support/media.ts'
import { until } from '../support/until.ts'

const GROUP_PATH = '/asset/template_group/transcodings'
const GREY = [128, 128, 128] as const
const BLUE = [0, 0, 255] as const

let installation: Installation
beforeAll(async () => {
  installation = await startInstallation()
  const source = ['-f', 'lavfi', '-i', 'color=0x808080:s=640x360:r=10:d=2,format=yuv420p']
  const grey = await derive([...source, '-c:v', 'libx264', '-preset', 'ultrafast', '-b:v', '200k', '-g', '10'], 'mp4')
  await installation.put('grey.mp4', { file: grey })
})
afterAll(() => installation[Symbol.asyncDispose]())

const VIDEOS = [
  { quality: 'SD', width: 640, height: 360, bitrate: 1000 },
  { quality: 'FLUENT', width: 320, height: 180, bitrate: 400 },
]

const createGroup = async (name: string, videos: readonly object[], more: object = {}): Promise<void> => {
  const quality_info_list = videos.map((video) => ({ format: 'DASH_HLS', video }))
  const body = { name, type: 'custom_template_group', quality_info_list, ...more }
  expect((await installation.tenant.call('POST', GROUP_PATH, { body })).status).toBe(200)
}

/** Of each output of HLS, all frames as a viewer sees them. */
const seen = async (id: AssetId) => {
  expect((await installation.settled(id)).transcode_status).toBe('TRANSCODE_SUCCEED')
  const all = await installation.streams(id)
  const media = all.filter(({ play_type, quality }) => play_type === 'HLS' && quality !== undefined)
  return Promise.all(
    media.map(({ url, meta_data: { width, height } }) =>
      rawFrames(url, { width: Number(width), height: Number(height) }),
    ),
  )
}

const made = async (templateGroup: string) => seen(await installation.import('grey.mp4', { templateGroup }))

const pictures = async (): Promise<readonly string[]> => {
  const { config, store } = installation.server.foundation
  return Array.fromAsync(store.list(config.vodBucket, `${installation.tenant.projectId}/watermark/`), ({ key }) => key)
}
const remove = async (id: string) =>
  expect((await installation.tenant.call('DELETE', PATH, { query: `id=${id}` })).status).toBe(204)

test('made, uploaded in chunks, confirmed, named by a group: every output shows it in its time', async () => {
  const { tenant } = installation
  const place = { position: 'BOTTOMLEFT', dx: '0.1', dy: '0.1', width: '0.2', height: '0.2', timeline_start: '1' }
  const { id, uploadUrl } = await createWatermark(tenant, { name: 'journey', ...place })
  expect((await putChunked(uploadUrl, await pictureBytes())).status).toBe(200)
  expect((await confirm(tenant, id)).status).toBe(200)
  await createGroup('marked', VIDEOS, { watermark_template_ids: [id] })
  const outputs = await made('marked')
  expect(outputs.map((frames) => [frames[0]?.width, frames.length])).toEqual([
    [640, 20],
    [320, 20],
  ])
  for (const frames of outputs) {
    for (const [n, frame] of frames.entries()) {
      const box = boxAround(frame, GREY)
      expect(box !== undefined).toBe(n >= 10)
      if (!box) continue
      const { width, height } = frame
      expect(Math.abs(box.x - width * 0.1) + Math.abs(box.y - height * 0.7)).toBeLessThanOrEqual(8)
      expect(isNear(pixel(frame, Math.round(width * 0.2), Math.round(height * 0.8)), BLUE)).toBe(true)
    }
  }
  await remove(id)
  expect(await pictures()).toEqual([])
  const refused = await installation.import('grey.mp4', { templateGroup: 'marked' }).catch((error: unknown) => error)
  expect(refused).toMatchObject({ httpStatusCode: 400, errorCode: 'VOD.10124' })
})

test('a group that names none shows those that are default, also the system’s, and nothing once they are gone', async () => {
  await createGroup('open', VIDEOS.slice(1))
  const { tenant } = installation
  const [left, right] = [
    await addWatermark(tenant, { name: 'left', position: 'TOPLEFT', width: '0.1' }),
    await addWatermark(tenant, { name: 'right', position: 'BOTTOMRIGHT', width: '0.1' }),
  ]
  await setDefault(tenant, left)
  await setDefault(tenant, right)
  for (const group of ['open', 'system_template_group']) {
    const outputs = await made(group)
    expect(outputs.length).toBeGreaterThan(0)
    for (const [frame] of outputs) {
      if (!frame) throw new Error('no frame')
      const { width, height } = frame
      expect(isNear(pixel(frame, Math.round(width * 0.05), 6), BLUE)).toBe(true)
      expect(isNear(pixel(frame, Math.round(width * 0.95), height - 6), BLUE)).toBe(true)
      expect(isNear(pixel(frame, Math.round(width * 0.95), 6), GREY)).toBe(true)
    }
  }
  await remove(left)
  await remove(right)
  for (const frames of await made('open')) expect(frames.every((frame) => !boxAround(frame, GREY))).toBe(true)
})

test('a transcode that waits gets the watermark that was deleted meanwhile; then its picture goes, too', async () => {
  await using waiting = await startInstallation({ worker: 'none' })
  const { tenant, server } = waiting
  const source = ['-f', 'lavfi', '-i', 'color=0x808080:s=640x360:r=10:d=2,format=yuv420p']
  await waiting.put('grey.mp4', { file: await derive([...source, '-c:v', 'libx264', '-preset', 'ultrafast'], 'mp4') })
  const mark = await addWatermark(tenant, { name: 'short', width: '0.5', position: 'TOPLEFT' })
  await setDefault(tenant, mark)
  const id = await waiting.import('grey.mp4')
  expect((await tenant.call('DELETE', PATH, { query: `id=${mark}` })).status).toBe(204)
  const { config, store } = server.foundation
  const left = () => Array.fromAsync(store.list(config.vodBucket, `${tenant.projectId}/watermark/`), ({ key }) => key)
  expect(await left()).toHaveLength(1)
  waiting.startWorker()
  expect((await waiting.settled(id)).transcode_status).toBe('TRANSCODE_SUCCEED')
  const [index] = await waiting.streams(id)
  const [frame] = await rawFrames(index?.url ?? '', { width: 480, height: 270 })
  expect(frame && isNear(pixel(frame, 60, 30), BLUE)).toBe(true)
  await until('the picture is removed', async () => (await left()).length === 0)
  // Cover and storyboard come from the source.
  const cover = await store.read({ bucket: config.vodBucket, key: `${tenant.projectId}/${id}/cover/Cover0.jpg` })
  const shown = await rawFrames(Buffer.concat(await cover.toArray()), { width: 640, height: 360 })
  expect(shown[0] && isNear(pixel(shown[0], 60, 30), GREY)).toBe(true)
})

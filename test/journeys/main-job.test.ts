import { DeleteAssetsRequest, PublishAssetReq, UnpublishAssetsRequest } from '@huaweicloud/huaweicloud-sdk-vod'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AssetId } from '../../src/core/shared/ids.ts'
import { refusalOf } from '../contract/support.ts'
import { inBrowser, openBrowser, watch, withoutBrowser } from '../support/browser.ts'
import { BUCKET, type Installation, type ListedAsset, startInstallation } from '../support/installation.ts'
import { clip } from '../support/media.ts'
import { PATIENT, until } from '../support/until.ts'
import { decoded } from './decoded.ts'

// One asset on its way from the bucket to its end; each test takes up where the one before left it.
let installation: Installation
let source: string
let id: AssetId
beforeAll(async () => {
  installation = await startInstallation({ worker: 'none' })
  const args = ['-vf', 'scale=1280:720', '-c:v', 'libx264', '-preset', 'ultrafast', '-c:a', 'aac']
  source = await clip({ seconds: 6, from: 10, args })
  await installation.put('in/film.mp4', { file: source })
})
afterAll(() => installation[Symbol.asyncDispose]())

const statesOf = ({ asset_status, transcode_status }: ListedAsset) => `${asset_status} ${transcode_status}`

/** Every state that may be seen, in the only order in which they may follow each other. */
const ORDER = [
  'CREATING UN_TRANSCODE',
  'PUBLISHED WAITING_TRANSCODE',
  'PUBLISHED TRANSCODING',
  'PUBLISHED TRANSCODE_SUCCEED',
]

test('the list shows the states as they change', PATIENT, async () => {
  id = await installation.import('in/film.mp4')
  const seen = [statesOf(await installation.listed(id))]
  expect(seen).toEqual(['CREATING UN_TRANSCODE'])
  installation.startWorker()
  await until('the transcode succeeds', async () => {
    const state = statesOf(await installation.listed(id))
    if (state !== seen.at(-1)) seen.push(state)
    return state === ORDER.at(-1)
  })
  expect(seen).toEqual(ORDER.filter((state) => seen.includes(state)))
  expect(seen).toContain('PUBLISHED TRANSCODING')
})

test('the details show the index, a stream for each rung, and the cover', async () => {
  await installation.settled(id)
  const streams = await installation.streams(id)
  expect(streams.map(({ play_type, quality, meta_data }) => [play_type, quality, meta_data['width']])).toEqual([
    ['HLS', undefined, 0],
    ['HLS', 'HD', 1280],
    ['HLS', 'SD', 854],
    ['HLS', 'FLUENT', 480],
  ])
  const { base_info } = Object(
    (await installation.tenant.call('GET', '/asset/details', { query: `asset_id=${id}` })).body,
  )
  const [cover] = base_info.cover_info_array
  const picture = await fetch(cover.cover_url)
  expect([picture.status, picture.headers.get('content-type')]).toEqual([200, 'image/jpeg'])
  expect((await decoded(cover.cover_url)).frames).toBe(1)
  expect(base_info.meta_data).toMatchObject({ width: 1280, hight: 720, height: 720, codec: 'H.264', frame_rate: 24 })
})

test('every rendition decodes, with exactly the frames of the source and with its sound', PATIENT, async () => {
  const whole = await decoded(source)
  const [index, ...renditions] = await installation.streams(id)
  expect(whole.frames).toBeGreaterThan(100)
  for (const { url } of renditions) expect([url, (await decoded(url)).frames]).toEqual([url, whole.frames])
  const sound = await decoded(index?.url ?? '', 'audio')
  expect(sound.seconds).toBeCloseTo((await decoded(source, 'audio')).seconds, 0)
})

test.skipIf(withoutBrowser)(inBrowser('each quality plays in Chromium, and seeking works'), PATIENT, async () => {
  await using browser = await openBrowser()
  await using page = await watch(browser, `${installation.server.url}/watch/${id}`)
  expect(page.qualities.map(({ height }) => height).toSorted((a, b) => b - a)).toEqual([720, 480, 270])
  for (const [level, size] of page.qualities.entries()) expect(await page.play(level, 0, 1.5)).toEqual(size)
  expect(await page.play(0, 5.2, 0.4)).toEqual(page.qualities[0])
  expect(await page.errors()).toEqual([])
})

test('what is unpublished is not served', async () => {
  const [index] = await installation.streams(id)
  const url = index?.url ?? ''
  expect((await fetch(url)).status).toBe(200)
  await installation.tenant.vod.unpublishAssets(new UnpublishAssetsRequest().withBody(new PublishAssetReq([id])))
  expect((await fetch(url)).status).toBe(404)
  expect((await fetch(`${installation.server.url}/watch/${id}`)).status).toBe(404)
})

test('delete removes every object and leaves a tombstone; the source in the bucket stays', async () => {
  expect(await installation.objects(id)).not.toEqual([])
  await installation.tenant.vod.deleteAssets(new DeleteAssetsRequest([id]))
  await until('all objects are gone', async () => (await installation.objects(id)).length === 0)
  expect(await refusalOf(installation.streams(id))).toMatchObject({ status: 404, code: 'VOD.10062' })
  expect((await installation.listed(id)).asset_status).toBe('DELETED')
  expect(await installation.server.foundation.store.head({ bucket: BUCKET, key: 'in/film.mp4' })).toBeDefined()
})

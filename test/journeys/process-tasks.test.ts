import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { AssetProcessReq, CreateAssetProcessTaskRequest } from '@huaweicloud/huaweicloud-sdk-vod'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AssetId } from '../../src/core/shared/ids.ts'
import { thorough } from '../support/cases.ts'
import { type Installation, startInstallation } from '../support/installation.ts'
import { clip } from '../support/media.ts'
import { PATIENT, until } from '../support/until.ts'
import { decoded } from './decoded.ts'
import { encodersBelow, runTelecine } from './processes.ts'

// One asset that is transcoded again and again; each test takes up where the one before left it.
let installation: Installation
let id: AssetId
let frames: number
beforeAll(async () => {
  installation = await startInstallation()
  const source = await clip({ seconds: 3 })
  await installation.put('film.mp4', { file: source })
  frames = (await decoded(source)).frames
  await createGroup(installation, 'web', [180, 90])
  await createGroup(installation, 'other', [120])
  id = await installation.import('film.mp4', { templateGroup: 'web' })
  await installation.settled(id)
})
afterAll(() => installation[Symbol.asyncDispose]())

const createGroup = async ({ tenant }: Installation, name: string, heights: readonly number[]) => {
  const audio = { sample_rate: 1, channels: 2 }
  const quality_info_list = heights.map((height) => ({
    format: 'HLS',
    video: { quality: 'SD', width: 0, height },
    audio,
  }))
  const body = { name, type: 'custom_template_group', quality_info_list, common: { pvc: '0', hls_interval: 2 } }
  expect((await tenant.call('POST', '/asset/template_group/transcodings', { body })).status).toBe(200)
}

const order = ({ tenant }: Installation, assetId: AssetId, group: string) =>
  tenant.vod.createAssetProcessTask(
    new CreateAssetProcessTaskRequest().withBody(new AssetProcessReq(assetId).withTemplateGroupName(group)),
  )

const urls = async () => (await installation.streams(id)).map(({ url }) => url)
const textOf = async (url: string) => (await fetch(url)).text()
const urisIn = (text: string) => text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
const segmentOf = async (playlist: string) => new URL(urisIn(await textOf(playlist))[0] ?? '', playlist).href
const statusOf = async (url: string) => (await fetch(url, { method: 'HEAD' })).status
const folder = () =>
  join(
    installation.dataDir,
    'buckets',
    installation.server.foundation.config.vodBucket,
    installation.tenant.projectId,
    id,
    'play_video',
  )
/** Also while a sweep is at it. */
const stored = () => {
  const { store, config } = installation.server.foundation
  return Array.fromAsync(store.list(config.vodBucket, `${installation.tenant.projectId}/${id}/`), ({ key }) => key)
}
/** Sweeps come late on purpose; we do not wait. */
const sweepNow = async ({ server }: Installation) => {
  await sql`update pgboss.job set start_after = now() where name = 'light'`.execute(server.foundation.db)
}

test(
  'the same parameters keep every URL, and the old stream plays until the new one takes its place',
  PATIENT,
  async () => {
    const before = await urls()
    const [index = '', first = ''] = before
    const [oldIndex, oldSegment] = [await textOf(index), await segmentOf(first)]
    await order(installation, id, 'web')
    await until('it is transcoded again', async () => {
      expect([await statusOf(index), await statusOf(first), await statusOf(oldSegment)]).toEqual([200, 200, 200])
      expect(await statusOf(await segmentOf(first))).toBe(200)
      return (await installation.listed(id)).transcode_status === 'TRANSCODE_SUCCEED'
    })
    expect(await urls()).toEqual(before)
    expect(urisIn(await textOf(index))).toEqual(urisIn(oldIndex))
    expect(await segmentOf(first)).not.toBe(oldSegment)
    for (const url of before.slice(1)) expect((await decoded(url)).frames).toBe(frames)
    // For players that hold the old playlist.
    expect(await statusOf(oldSegment)).toBe(200)
  },
)

test('other parameters change the URLs of the outputs, and that of the index stays', PATIENT, async () => {
  const [index = '', ...outputs] = await urls()
  await order(installation, id, 'other')
  await installation.settled(id)
  const [newIndex = '', ...newOutputs] = await urls()
  expect([newIndex, newOutputs.length]).toEqual([index, 1])
  for (const url of outputs) expect([newOutputs.includes(url), await statusOf(url)]).toEqual([false, 404])
  expect((await decoded(index)).frames).toBe(frames)
  const { body } = await installation.tenant.call('GET', '/asset/details', { query: `asset_id=${id}` })
  expect(Object(body).transcode_info.template_group_name).toBe('other')
})

test('the folder itself plays from any static host, and keeps nothing that is over', PATIENT, async () => {
  await installation.settled(id)
  expect((await decoded(join(folder(), 'index.m3u8'))).frames).toBe(frames)
  const { db } = installation.server.foundation
  await sql`update asset set retired_runs = '[]' where id = ${id}`.execute(db)
  await until('only one run is left', async () => {
    await sweepNow(installation)
    const runs = (await stored()).flatMap((key) => /play_video\/([0-9a-f]{32})/.exec(key)?.[1] ?? [])
    return new Set(runs).size === 1
  })
  expect((await decoded(join(folder(), 'index.m3u8'))).frames).toBe(frames)
})

test('a deleted output is gone at once, the other ones play', PATIENT, async () => {
  await order(installation, id, 'web')
  await installation.settled(id)
  const [index = '', first = '', second = ''] = await urls()
  const segment = await segmentOf(first)
  const body = { asset_id: id, delete_type: 'PRODUCT', delete_infos: [{ products: [{ url: first }] }] }
  const answer = await installation.tenant.call('DELETE', '/asset/transcode-product', { version: 'v1', body })
  expect(Object(answer.body).status).toBe('SUCCESS')
  expect([await statusOf(first), await statusOf(segment)]).toEqual([404, 404])
  expect(await urls()).toEqual([index, second])
  expect((await decoded(index)).frames).toBe(frames)
  await installation.settled(id)
  expect((await decoded(join(folder(), 'index.m3u8'))).frames).toBe(frames)
  await until('its files are swept', async () => {
    await sweepNow(installation)
    const file = new URL(segment).pathname.split('/play_video/')[1] ?? ''
    return (await stored()).every((key) => !key.endsWith(file))
  })
})

test('a transcode that fails leaves the outputs as they were, and says so', PATIENT, async () => {
  const before = await urls()
  const [source = ''] = (await installation.objects(id)).filter((key) => key.endsWith('.mp4') && !key.includes('/'))
  await rm(join(folder(), '..', source))
  await order(installation, id, 'other')
  const { transcode_status, exec_desc } = await installation.settled(id)
  expect(transcode_status).toBe('TRANSCODE_FAILED')
  expect(exec_desc).toContain('The outputs of the transcode before are still served')
  const { body } = await installation.tenant.call('GET', '/asset/info', { query: `asset_id=${id}` })
  const [{ play_info_array }] = Object(body).asset_info_array
  expect(play_info_array.map(({ url }: { url: string }) => url)).toEqual(before)
  for (const url of before) expect((await decoded(url)).frames).toBe(frames)
})

thorough(
  'a worker that is killed while it transcodes again leaves the old stream, and another one goes on',
  PATIENT,
  async () => {
    await using other = await startInstallation({ worker: 'none' })
    const file = await clip({ seconds: 5, args: ['-vf', 'scale=854:480', '-c:v', 'libx264', '-preset', 'ultrafast'] })
    await other.put('film.mp4', { file })
    await createGroup(other, 'small', [90])
    await using worker = runTelecine(['worker'], other.environment)
    const film = await other.import('film.mp4', { templateGroup: 'small' })
    await other.settled(film)
    const [index, output] = await other.streams(film)
    await order(other, film, 'system_template_group')
    await until('the encode is under way', async () => (await encodersBelow(worker.pid)).length > 0)
    worker.child.kill('SIGKILL')
    await worker.ended
    const whole = (await decoded(file)).frames
    for (const url of [index?.url, output?.url]) expect((await decoded(url ?? '')).frames).toBe(whole)
    other.startWorker()
    const end = await other.settled(film)
    expect([end.transcode_status, end.exec_desc]).toEqual(['TRANSCODE_SUCCEED', expect.any(String)])
    const streams = await other.streams(film)
    expect(streams.map(({ quality }) => quality)).toEqual([undefined, 'SD', 'FLUENT'])
    for (const { url } of streams) expect((await decoded(url)).frames).toBe(whole)
  },
)

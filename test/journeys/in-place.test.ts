import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import {
  DeleteAssetsRequest,
  UpdateBucketAuthorizedReq,
  UpdateBucketAuthorizedRequest,
} from '@huaweicloud/huaweicloud-sdk-vod'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { thorough } from '../support/cases.ts'
import { ffmpeg } from '../support/ffmpeg.ts'
import { BUCKET, type Installation, startInstallation } from '../support/installation.ts'
import { clip } from '../support/media.ts'
import { type StaticHost, startStaticHost } from '../support/static-host.ts'
import { srt, subtitledClip } from '../support/subtitles.ts'
import { PATIENT, until } from '../support/until.ts'
import { decoded } from './decoded.ts'

const RESULTS = 'my-results'

let installation: Installation
let host: StaticHost
beforeAll(async () => {
  installation = await startInstallation()
  await mkdir(folderOf(RESULTS))
  const grant = new UpdateBucketAuthorizedReq(RESULTS, '1')
  await installation.tenant.vod.updateBucketAuthorized(new UpdateBucketAuthorizedRequest().withBody(grant))
  host = await startStaticHost(join(installation.dataDir, 'buckets'))
})
afterAll(async () => {
  await host[Symbol.asyncDispose]()
  await installation[Symbol.asyncDispose]()
})

const folderOf = (bucket: string) => join(installation.dataDir, 'buckets', bucket)

const hosted = (path: string) => `${host.url}/${path}`

/** By the store: it gets over folders that a sweep removes meanwhile. */
const filesIn = async (bucket: string): Promise<readonly string[]> => {
  const found = await Array.fromAsync(installation.server.foundation.store.list(bucket, ''))
  return found.map(({ key }) => key).toSorted()
}

test('a film stays where it is; its ladder plays from there and from any host of files', PATIENT, async () => {
  const source = await clip({ seconds: 2 })
  await installation.put('in/film.mp4', { file: source })
  const id = await installation.import('in/film.mp4', { output: { bucket: RESULTS, path: '/out/films' } })
  expect(await installation.settled(id)).toMatchObject({
    ...{ asset_status: 'PUBLISHED', transcode_status: 'TRANSCODE_SUCCEED' },
  })
  expect(await installation.objects(id), 'nothing in our own bucket').toEqual([])
  const { frames } = await decoded(source)
  const [index, rendition] = await installation.streams(id)
  expect(index?.url).toBe(`${installation.server.url}/asset/${id}/play_video/index.m3u8`)
  expect((await decoded(rendition?.url ?? '')).frames).toBe(frames)
  expect((await decoded(hosted(`${RESULTS}/out/films/${id}/play_video/index.m3u8`))).frames).toBe(frames)
  const { body } = await installation.tenant.call('GET', '/asset/details', { query: `asset_id=${id}` })
  const { video_url, cover_info_array } = Object(body).base_info
  expect((await decoded(video_url)).frames).toBe(frames)
  expect((await decoded(cover_info_array[0].cover_url)).frames).toBe(1)

  const { store } = installation.server.foundation
  const theirs: readonly string[] = [
    'out/films/notes.txt',
    `out/films/${id}/play_video/notes.txt`,
    `out/films/${id}/film.mp4`,
  ]
  for (const key of theirs) {
    await store.put({ bucket: RESULTS, key }, Buffer.from('ours'), { contentType: 'text/plain' })
  }
  await installation.tenant.vod.deleteAssets(new DeleteAssetsRequest([id]))
  await until('only what is theirs is left', async () => (await filesIn(RESULTS)).length === theirs.length)
  expect(await filesIn(RESULTS)).toEqual(theirs.toSorted())
  expect(await filesIn(BUCKET)).toContain('in/film.mp4')
})

thorough(
  'subtitles lie beside the streams, and play from any host of files; nothing of them is left',
  PATIENT,
  async () => {
    const track = { text: srt('own', 2), extension: 'srt', codec: 'mov_text', language: 'eng' } as const
    await installation.put('in/subtitled.mp4', { file: await subtitledClip([track], { seconds: 3, extension: 'mp4' }) })
    const before = await filesIn(RESULTS)
    const id = await installation.import('in/subtitled.mp4', { output: { bucket: RESULTS, path: 'out' } })
    await installation.settled(id)
    await installation.put('in/de.vtt', Buffer.from('WEBVTT\n\n00:01.000 --> 00:01.500\nhallo\n'))
    const obs_info = { bucket: BUCKET, object: 'in/de.vtt' }
    const body = { asset_id: id, add_subtitles: [{ type: 'VTT', language: 'de', obs_info }] }
    const { status } = await installation.tenant.call('PUT', '/asset/subtitles', { version: 'v1', body })
    expect(status).toBe(202)
    await installation.settled(id)
    const folder = `${RESULTS}/out/${id}/play_video`
    const index = await (await fetch(hosted(`${folder}/index.m3u8`))).text()
    const playlists = [...index.matchAll(/TYPE=SUBTITLES.*URI="([^"]+)"/g)].map(([, uri = '']) => uri)
    const words = await Promise.all(
      playlists.map(async (uri) => {
        const { stdout } = await ffmpeg('-v', 'error', '-i', hosted(`${folder}/${uri}`), '-f', 'srt', '-')
        return /own 1|hallo/.exec(stdout)?.[0]
      }),
    )
    expect(words).toEqual(['own 1', 'hallo'])
    await installation.tenant.vod.deleteAssets(new DeleteAssetsRequest([id]))
    await until('nothing is left', async () => (await filesIn(RESULTS)).length === before.length)
    expect(await filesIn(RESULTS)).toEqual(before)
  },
)

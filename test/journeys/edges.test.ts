import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import {
  CreatePreheatingAssetReq,
  CreatePreheatingAssetRequest,
  DeleteAssetsRequest,
  PublishAssetReq,
  PublishAssetsRequest,
  ShowPreheatingAssetRequest,
  UnpublishAssetsRequest,
} from '@huaweicloud/huaweicloud-sdk-vod'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { filesOf } from '../../src/core/packaging/rewrite-playlist.ts'
import type { AssetId } from '../../src/core/shared/ids.ts'
import { callOperation } from '../contract/asset-fixtures.ts'
import { ffmpeg } from '../support/ffmpeg.ts'
import { freePort } from '../support/free-port.ts'
import { BUCKET, type Installation, startInstallation } from '../support/installation.ts'
import { clip } from '../support/media.ts'
import { startEdge, throughNginx, withoutNginx } from '../support/nginx.ts'
import { PATIENT, until } from '../support/until.ts'

// As long as `openssl rand -hex 32` makes it.
const SECRET = 'c0ffee42'.repeat(8)

const cleanup = new AsyncDisposableStack()
let installation: Installation
let edge: string
beforeAll(async () => {
  if (withoutNginx) return
  const port = await freePort()
  edge = `http://127.0.0.1:${port}`
  const settings = { TELECINE_EDGE_URLS: edge, TELECINE_EDGE_PURGE_SECRET: SECRET }
  installation = cleanup.use(await startInstallation({ settings }))
  cleanup.use(await startEdge({ port, origin: installation.server.url, purgeSecret: SECRET }))
  // Five segments: more than preheating begins with.
  await installation.put('film.mp4', { file: await clip({ seconds: 24 }) })
})
afterAll(() => cleanup.disposeAsync())

interface Viewed {
  readonly cache: string | null
  readonly status: number
  readonly text: string
}

/** As a viewer gets it from the edge. */
const view = async (path: string, headers: Record<string, string> = {}): Promise<Viewed> => {
  const answer = await fetch(edge + path, { headers })
  return { cache: answer.headers.get('x-cache-status'), status: answer.status, text: await answer.text() }
}
const caches = async (paths: readonly string[]) => Promise.all(paths.map(async (path) => (await view(path)).cache))

const gone = (paths: readonly string[]) =>
  until('the edge has none of it', async () => {
    const statuses = await Promise.all(paths.map(async (path) => (await view(path)).status))
    return statuses.every((status) => status === 404)
  })

/** Paths of the streams, asked of the origin, so that the edge sees no viewer. */
const streamOf = async (id: AssetId) => {
  const [index = '', media = ''] = (await installation.streams(id)).map(({ url }) => new URL(url).pathname)
  const text = await (await fetch(installation.server.url + media)).text()
  const files = filesOf(text).map((file) => new URL(file, `http://x${media}`).pathname)
  const [init = '', ...segments] = files
  return { index, media, init, segments, cover: `/asset/${id}/cover/Cover0.jpg` }
}

interface Refresh {
  readonly asset_id_list?: readonly string[]
  readonly urls?: readonly string[]
}

/** The SDK of this version does not know these two calls. */
const refresh = async (body: Refresh) => {
  const { tenant } = installation
  const { task_id } = await callOperation(tenant, 'refreshAsset', { body })
  return until('the refresh has ended', async () => {
    const { refresh_results } = await callOperation(tenant, 'showRefreshResult', { query: `task_id=${task_id}` })
    return refresh_results.every(({ status }: { status: string }) => status !== 'PROCESSING') && refresh_results
  })
}

const preheat = async (body: CreatePreheatingAssetReq) => {
  const { vod } = installation.tenant
  const { task_id, httpStatusCode } = Object(
    await vod.createPreheatingAsset(new CreatePreheatingAssetRequest().withBody(body)),
  )
  expect(httpStatusCode).toBe(202)
  return until('the preheating has ended', async () => {
    const shown = await vod.showPreheatingAsset(new ShowPreheatingAssetRequest(task_id))
    expect(shown.httpStatusCode).toBe(202)
    const { preheating_results } = Object(shown)
    return preheating_results.every(({ status }: { status: string }) => status !== 'processing') && preheating_results
  })
}

describe.skipIf(withoutNginx)(throughNginx('an edge of Debian’s nginx'), () => {
  let id: AssetId

  test('after auto_preheat the first viewer hits: playlists, first segments, cover', PATIENT, async () => {
    id = await installation.import('film.mp4', { preheat: true })
    await installation.settled(id)
    const { index, media, init, segments, cover } = await streamOf(id)
    expect(segments).toHaveLength(5)
    const [first, second, third, ...rest] = segments
    const viewed = [index, media, init, String(first), String(second), String(third), cover]
    expect(await caches(viewed)).toEqual(viewed.map(() => 'HIT'))
    expect(await caches(rest)).toEqual(['MISS', 'MISS'])
    expect((await view(index)).text).toBe(await (await fetch(installation.server.url + index)).text())
    const part = await view(String(first), { range: 'bytes=0-99' })
    expect([part.status, part.cache, part.text.length > 0]).toEqual([206, 'HIT', true])
  })

  test('after refreshAsset the next one misses, and the one after hits', PATIENT, async () => {
    const { index, media, init, segments, cover } = await streamOf(id)
    const all = [index, media, init, ...segments, cover]
    await caches(all)
    const results = await refresh({ asset_id_list: [id] })
    expect(results).toContainEqual({ url: installation.server.url + index, status: 'SUCCEED' })
    expect(new Set(results.map(({ status }: { status: string }) => status))).toEqual(new Set(['SUCCEED']))
    expect(await caches(all)).toEqual(all.map(() => 'MISS'))
    expect(await caches(all)).toEqual(all.map(() => 'HIT'))
  })

  test('URLs are refreshed one by one, and preheated with what they name', PATIENT, async () => {
    const { index, media, init, segments } = await streamOf(id)
    const [first = ''] = segments
    await caches([index, media, init, first])
    expect(await refresh({ urls: [edge + media, `${installation.server.url}${first}?a=b`] })).toEqual([
      { url: edge + media, status: 'SUCCEED' },
      { url: installation.server.url + first, status: 'SUCCEED' },
    ])
    expect((await view(init)).cache).toBe('HIT')
    const url = installation.server.url + index
    expect(await preheat(new CreatePreheatingAssetReq().withUrls([url]))).toEqual([{ url, status: 'succeed' }])
    expect(await caches([index, media, first])).toEqual(['HIT', 'HIT', 'HIT'])
    const whole = await preheat(new CreatePreheatingAssetReq().withAssetId(id))
    expect(whole).toContainEqual({ url: installation.server.url + media, status: 'succeed' })
    const none = `${installation.server.url}/asset/${id}/play_video/none.m3u8`
    expect(await preheat(new CreatePreheatingAssetReq().withUrls([none]))).toEqual([{ url: none, status: 'failed' }])
  })

  test('transcoded again, the first viewer hits what is new, and nothing of before', PATIENT, async () => {
    const audio = { sample_rate: 1, channels: 2 }
    const outputs = ['HLS', 'MP4'].map((format) => ({ format, video: { quality: 'SD', width: 0, height: 90 }, audio }))
    const common = { pvc: '0', hls_interval: 5 }
    const group = { name: 'small', type: 'custom_template_group', quality_info_list: outputs, common }
    await callOperation(installation.tenant, 'createTemplateGroup', { body: group })
    const before = await streamOf(id)
    await callOperation(installation.tenant, 'createAssetProcessTask', {
      body: { asset_id: id, template_group_name: 'small' },
    })
    await installation.settled(id)
    const { index, media, init, segments } = await streamOf(id)
    expect([index === before.index, media === before.media]).toEqual([true, false])
    const seen = await view(index)
    expect([seen.cache, seen.text.includes(media.slice(media.lastIndexOf('/') + 1))]).toEqual(['HIT', true])
    const file = (await installation.streams(id)).find(({ play_type }) => play_type === 'MP4')?.url ?? ''
    const fresh = [media, init, ...segments.slice(0, 3), new URL(file).pathname]
    expect(await caches(fresh)).toEqual(fresh.map(() => 'HIT'))
  })

  test('nobody purges without the secret', async () => {
    const { index } = await streamOf(id)
    await view(index)
    for (const headers of [{}, { 'x-purge-secret': 'guessed' }]) {
      expect((await fetch(edge + index, { method: 'PURGE', headers })).status).toBe(403)
    }
    expect((await view(index)).cache).toBe('HIT')
    expect((await fetch(`${edge}/v1.0/anything`)).status).toBe(404)
  })

  test('without a secret it does not start', async () => {
    const bare = startEdge({ port: await freePort(), origin: installation.server.url, purgeSecret: '' })
    await expect(bare).rejects.toThrow(/conflicting parameter "PURGE "/i)
  })

  test('unpublished or blocked, nothing of it is left at the edge soon, without a call', PATIENT, async () => {
    const { index, media, init, segments, cover } = await streamOf(id)
    const all = [index, media, init, ...segments, cover]
    const { vod, native } = installation.tenant
    const request = new PublishAssetReq([id])
    await caches(all)
    await vod.unpublishAssets(new UnpublishAssetsRequest().withBody(request))
    await gone(all)
    await vod.publishAssets(new PublishAssetsRequest().withBody(request))
    await installation.settled(id)
    expect(new Set((await caches(all)).slice(0, 6))).toEqual(new Set(['HIT']))
    await native('PUT', '/reviews/verdict', { asset_id: id, verdict: 'block' })
    await gone(all)
    await native('PUT', '/reviews/verdict', { asset_id: id, verdict: 'pass' })
  })

  test('published by a call, it is preheated again', PATIENT, async () => {
    const { vod } = installation.tenant
    await vod.publishAssets(new PublishAssetsRequest().withBody(new PublishAssetReq([id])))
    await installation.settled(id)
    const { index, media, init, segments } = await streamOf(id)
    expect(await caches([index, media, init, ...segments.slice(0, 3)])).toEqual(Array(6).fill('HIT'))
  })

  test('deleted, its index and segments are gone from the edge, and what is refreshed', PATIENT, async () => {
    const { index, media, init, segments } = await streamOf(id)
    const all = [index, init, ...segments]
    await caches([...all, media])
    await installation.tenant.vod.deleteAssets(new DeleteAssetsRequest([id]))
    await gone(all)
    await refresh({ asset_id_list: [id], urls: [edge + media] })
    expect((await view(media)).status).toBe(404)
  })

  test('playlists of an encrypted asset are made for each token, and its segments are shared', PATIENT, async () => {
    const secret = await installation.import('film.mp4', { preheat: true, encrypt: true })
    await installation.settled(secret)
    const { index, media, segments } = await streamOf(secret)
    const tokens = await Promise.all(
      ['alice', 'bob'].map(async (viewer) =>
        String(
          Object(await installation.tenant.native('POST', '/assets/play-tokens', { asset_id: secret, viewer })).token,
        ),
      ),
    )
    for (const path of [index, media]) {
      await view(path)
      for (const token of [...tokens, ...tokens]) {
        const { cache, text } = await view(`${path}?token=${token}`)
        expect([cache, text.includes(encodeURIComponent(token))]).toEqual(['BYPASS', true])
        expect(tokens.some((other) => other !== token && text.includes(encodeURIComponent(other)))).toBe(false)
      }
      // Spelled another way it is no token for the edge, and one for the origin.
      const odd = await view(`${path}?%74oken=${tokens[0]}&n=1`)
      const plain = await view(path)
      expect([odd.cache, odd.text, plain.text.includes('token=')]).toEqual(['HIT', plain.text, false])
    }
    expect(await caches(segments.slice(0, 3))).toEqual(['HIT', 'HIT', 'HIT'])
  })

  test('a stream that lies in the tenant’s bucket is preheated, too', PATIENT, async () => {
    const folder = join(installation.dataDir, 'buckets', BUCKET, 'show')
    await mkdir(folder, { recursive: true })
    const hls = [
      '-f',
      'hls',
      '-hls_time',
      '1',
      '-hls_playlist_type',
      'vod',
      '-force_key_frames',
      'expr:gte(t,n_forced)',
    ]
    const encoded = ['-c:v', 'libx264', '-preset', 'ultrafast', '-c:a', 'copy']
    const names = ['-hls_segment_filename', join(folder, 'part %03d.ts'), join(folder, 'master.m3u8')]
    await ffmpeg('-v', 'error', '-i', await clip({ seconds: 5 }), ...encoded, ...hls, ...names)
    const adopted = await installation.import('show/master.m3u8', {
      ...{ type: 'HLS', templateGroup: '', preheat: true, output: { bucket: BUCKET, path: 'show' } },
    })
    await installation.settled(adopted)
    const at = `/asset/${adopted}/play_video/`
    const paths = ['index.m3u8', 'part%20000.ts', 'part%20001.ts', 'part%20002.ts'].map((name) => at + name)
    expect(await caches(paths)).toEqual(['HIT', 'HIT', 'HIT', 'HIT'])
    expect((await view(`${at}part%20003.ts`)).cache).toBe('MISS')
    await refresh({ asset_id_list: [adopted] })
    expect(await caches(paths)).toEqual(['MISS', 'MISS', 'MISS', 'MISS'])
  })
})

describe('edges that are not there', () => {
  const dead = 'http://127.0.0.1:1'
  test('fail what is asked of them with a status, and hold up nothing', PATIENT, async () => {
    await using bare = await startInstallation({ settings: { TELECINE_EDGE_URLS: dead } })
    await bare.put('film.mp4', { file: await clip({ seconds: 3 }) })
    const id = await bare.import('film.mp4', { preheat: true })
    const work = async () => (await bare.server.foundation.engine.workOf(id)).find(({ kind }) => kind === 'preheat')
    expect(await bare.settled(id)).toMatchObject({ asset_status: 'PUBLISHED', transcode_status: 'TRANSCODE_SUCCEED' })
    expect(await work()).toMatchObject({ state: 'done', attempt: 1 })
    const ended = async (call: string, members: string, body: object) => {
      const { task_id } = await callOperation(bare.tenant, call, { body })
      const shown = call === 'refreshAsset' ? 'showRefreshResult' : 'showPreheatingAsset'
      return until(`${call} has ended`, async () => {
        const results = (await callOperation(bare.tenant, shown, { query: `task_id=${task_id}` }))[members]
        const statuses = new Set(results.map(({ status }: { status: string }) => status.toUpperCase()))
        return !statuses.has('PROCESSING') && [...statuses]
      })
    }
    expect(await ended('createPreheatingAsset', 'preheating_results', { asset_id: id })).toEqual(['FAILED'])
    expect(await ended('refreshAsset', 'refresh_results', { asset_id_list: [id] })).toEqual(['FAILED'])
  })
})

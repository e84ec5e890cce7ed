import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApiClient } from '../../src/cli/api-client.ts'
import type { AssetId } from '../../src/core/shared/ids.ts'
import { type Installation, startInstallation } from '../support/installation.ts'
import { bigBuckBunny, clip } from '../support/media.ts'
import { PATIENT, until } from '../support/until.ts'
import { decoded } from './decoded.ts'
import { encodersBelow, isAlive, runTelecine, type TelecineProcess } from './processes.ts'

let installation: Installation
beforeAll(async () => {
  installation = await startInstallation({ worker: 'none' })
})
afterAll(() => installation[Symbol.asyncDispose]())

/** The first of these processes that encodes, and its FFmpeg, once it has stored something. */
const encoding = (workers: readonly TelecineProcess[], id: AssetId) =>
  until('an encode is under way', async () => {
    const stored = (await installation.objects(id)).some((key) => key.endsWith('.m4s'))
    if (!stored) return
    for (const worker of workers) {
      const [ffmpeg] = await encodersBelow(worker.pid)
      if (ffmpeg !== undefined) return { worker, ffmpeg }
    }
    return
  })

test('a worker that is killed while it encodes: another one does the work again, exactly', PATIENT, async () => {
  const source = await clip({ seconds: 8, args: ['-vf', 'scale=1280:720', '-c:v', 'libx264', '-preset', 'ultrafast'] })
  await installation.put('killed.mp4', { file: source })
  await using first = runTelecine(['worker'], installation.environment)
  await using second = runTelecine(['worker'], installation.environment)
  const id = await installation.import('killed.mp4')
  const { worker, ffmpeg } = await encoding([first, second], id)
  worker.child.kill('SIGKILL')
  const end = await installation.settled(id)
  expect([end.asset_status, end.transcode_status]).toEqual(['PUBLISHED', 'TRANSCODE_SUCCEED'])
  await until('the orphaned FFmpeg has ended', async () => !isAlive(ffmpeg))
  const work = await installation.server.foundation.engine.workOf(id)
  const making = work.filter(({ kind }) => kind !== 'sweep')
  expect(making.map(({ kind, state }) => `${kind} ${state}`).toSorted()).toEqual([
    ...['cover done', 'index done', 'probe done', 'storyboard done', 'transcode done', 'transfer done'],
  ])
  expect(work.find(({ kind }) => kind === 'transcode')?.attempt).toBe(2)
  const [index, ...renditions] = await installation.streams(id)
  const { frames } = await decoded(source)
  expect(renditions.map(({ quality }) => quality)).toEqual(['HD', 'SD', 'FLUENT'])
  for (const { url } of renditions) expect((await decoded(url)).frames).toBe(frames)
  expect((await decoded(index?.url ?? '', 'audio')).seconds).toBeCloseTo(8, 0)
  await expectNothingElse(id)
})

/**
 * Below the asset lie exactly the files that its playlists name, read as a static host would have them: no second set, no half
 * segment. Beside them lies the index that delivery serves.
 */
const expectNothingElse = async (id: AssetId) => {
  const { server, tenant, dataDir } = installation
  const folder = join(dataDir, 'buckets', server.foundation.config.vodBucket, tenant.projectId, id, 'play_video')
  const run = (await server.foundation.reader.renditions([id])).get(id)?.[0]?.run
  const named = new Set(['play_video/index.m3u8', `play_video/${run}_index.m3u8`])
  const open = ['index.m3u8']
  for (const playlist of open) {
    const text = await readFile(join(folder, playlist), 'utf8')
    const uris = [...text.matchAll(/URI="([^"]+)"|^([^#\s].*)$/gm)].map(([, quoted, line]) => quoted ?? line ?? '')
    for (const uri of uris) named.add(`play_video/${uri}`)
    open.push(...uris.filter((uri) => uri.endsWith('.m3u8') && !open.includes(uri)))
  }
  await until('the killed try is swept away', async () => {
    const stored = (await installation.objects(id)).filter((key) => key.startsWith('play_video/'))
    return stored.length === named.size && stored.every((key) => named.has(key))
  })
}

test('a cancelled transcode: FFmpeg is gone, the states say so, what it had stored is swept', PATIENT, async () => {
  await installation.put('long.mp4', { file: bigBuckBunny() })
  await using worker = runTelecine(['worker'], installation.environment)
  const id = await installation.import('long.mp4')
  const { ffmpeg } = await encoding([worker], id)
  const { key, projectId } = installation.tenant
  const endpoint = installation.server.url
  const call = createApiClient({ endpoint, key, signal: new AbortController().signal })
  await call('POST', `/telecine/v1/${projectId}/assets/cancel`, { asset_id: id })
  expect(await installation.listed(id)).toMatchObject({
    ...{ asset_status: 'PUBLISHED', transcode_status: 'TRANSCODE_FAILED' },
    exec_desc: 'asset_exec_desc:Asset is published;transcode_exec_desc:Cancelled on request;',
  })
  await until('FFmpeg has ended', async () => !isAlive(ffmpeg))
  // The sweep waits for what a worker may still write after the cancel; we do not.
  await sql`update pgboss.job set start_after = now() where name = 'light'`.execute(installation.server.foundation.db)
  await until('its segments are gone', async () =>
    (await installation.objects(id)).every((key) => !key.startsWith('play_video/')),
  )
  const { body } = await installation.tenant.call('GET', '/asset/details', { query: `asset_id=${id}` })
  expect((await fetch(Object(body).base_info.video_url, { method: 'HEAD' })).status).toBe(200)
  expect(await installation.streams(id)).toEqual([])
  expect(worker.child.exitCode).toBe(null)
})

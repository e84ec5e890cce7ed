import { DeleteAssetsRequest } from '@huaweicloud/huaweicloud-sdk-vod'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sharedProgress } from '../../src/adapters/progress/shared-progress.ts'
import type { AssetId, ProjectId } from '../../src/core/shared/ids.ts'
import { SYSTEM_SETTINGS } from '../../src/core/templates/system-groups.ts'
import type { Claim } from '../../src/engine/engine.ts'
import { WorkerSession } from '../../src/engine/session.ts'
import { signRequest } from '../../src/wire/signing/sign-request.ts'
import { silent } from '../engine/silent.ts'
import { type ReceivedEvent, readEvents } from '../support/event-stream.ts'
import { type Installation, startInstallation } from '../support/installation.ts'
import { clip } from '../support/media.ts'
import { until } from '../support/until.ts'
import { insertAsset, MEDIA, newAssetId, outcomeOf } from './asset-fixtures.ts'
import type { Tenant } from './support.ts'

let installation: Installation
beforeAll(async () => {
  installation = await startInstallation({ worker: 'none' })
  await installation.put('film.mp4', Buffer.from('bytes'))
})
afterAll(() => installation[Symbol.asyncDispose]())

const show = (id: string, tenant: Tenant = installation.tenant) => tenant.native('GET', `/assets/${id}/progress`)

/** What is shown may be a second old. */
const shows = (id: string, expected: object) =>
  until(`progress is ${JSON.stringify(expected)}`, async () => {
    const progress = await show(id)
    return Object.entries(expected).every(([name, value]) => progress[name] === value) && progress
  })

const open = (id: string, { projectId, key }: Tenant = installation.tenant, signal?: AbortSignal) => {
  const { url } = installation.server
  const target = `/telecine/v1/${projectId}/assets/${id}/progress/events`
  const given = { method: 'GET', target, headers: { host: new URL(url).host }, body: Buffer.alloc(0) }
  const { host: _, ...headers } = signRequest(given, key, new Date())
  return fetch(url + target, { headers, ...(signal && { signal }) })
}

/** Is there, and takes nothing. */
const idleWorker = async () => {
  const connectionString = installation.environment['TELECINE_DATABASE_URL']
  const connected = Promise.withResolvers<void>()
  const session = new WorkerSession({
    connection: { connectionString },
    logger: silent,
    onWake: () => connected.resolve(),
  })
  await connected.promise
  return session
}

/** A try that fails, and a next one that does not come while the test looks. Answers when it would. */
const failTo = async (claim: Claim, reason: string): Promise<Date> => {
  const { engine, db } = installation.server.foundation
  await engine.fail(claim, { type: 'failed', reason, permanent: false }, async () => undefined)
  const { rows } = await sql<{ at: Date }>`
    update pgboss.job set start_after = now() + interval '1 hour' where id = ${claim.taskId}::uuid
    returning start_after as at
  `.execute(db)
  if (!rows[0]) throw new Error('there is no next try')
  return rows[0].at
}

test('without a worker it says so, and the owner alone is told anything', async () => {
  const id = await installation.import('film.mp4')
  expect(await show(id)).toEqual({
    ...{ asset_id: id, state: 'waiting', percent: 0 },
    waiting_for: { code: 'no_worker', text: 'No worker is running; the work goes on when there is one' },
  })
  const other = await installation.server.addTenant('curious')
  const unknown = '400 VOD.10062'
  for (const [asset, tenant] of [
    [id, other],
    [newAssetId(), other],
    ['no-id', installation.tenant],
  ] as const) {
    expect(await outcomeOf(show(asset, tenant))).toBe(unknown)
    const stream = await open(asset, tenant)
    expect(`${stream.status} ${Object(await stream.json()).error_code}`).toBe(unknown)
  }
  const theirs = await other.call('GET', `/assets/${id}/progress`, { version: 'telecine/v1' })
  expect(theirs.text).not.toContain('waiting')
  const foreign = await open(id, { ...other, projectId: installation.tenant.projectId })
  expect([foreign.status, Object(await foreign.json()).error_code]).toEqual([403, 'VOD.10057'])
})

test('a stream tells the place in the queue, each further try with its reason, and the end', async () => {
  const { engine, transactions } = installation.server.foundation
  await using worker = await idleWorker()
  const id = await installation.import('film.mp4')
  const before = await installation.import('film.mp4')
  await installation.tenant.native('POST', '/assets/cancel', { asset_id: before })
  const events = readEvents(await open(id))
  const next = async (matches: (data: ReceivedEvent['data']) => unknown) => {
    for (;;) {
      const { value, done } = await events.next()
      if (done) throw new Error('the stream has ended')
      if (matches(value.data)) return value
    }
  }
  const queued = await next(({ state }) => state === 'waiting')
  expect(queued).toMatchObject({
    event: 'progress',
    data: { asset_id: id, queue_position: 2, waiting_for: { code: 'queue' } },
  })
  expect(queued.data['seconds_to_complete']).toBeGreaterThan(0)

  const first = await engine.fetch('io', 1, worker.worker ?? 0)
  expect(await next(({ queue_position }) => queue_position === 1)).toBeDefined()
  const [claim] = await engine.fetch('io', 1, worker.worker ?? 0)
  if (!claim) throw new Error('there is nothing to do')
  expect([first.length, claim.subject]).toEqual([1, id])
  await engine.touch(claim, 0.5)
  expect(await next(({ state }) => state === 'running')).toMatchObject({ data: { waiting_for: { code: 'transfer' } } })
  const reason = 'cannot read object studio/film.mp4: the object store does not answer'
  const at = await failTo(claim, reason)
  const away = await next(({ waiting_for }) => Object(waiting_for).code === 'store_away')
  expect(away.data).toMatchObject({ waiting_for: { reason, next_try_at: at.toISOString() } })

  await transactions.write((tx) => tx.updateAsset(id, { ingest: { state: 'created' } }))
  await installation.tenant.vod.deleteAssets(new DeleteAssetsRequest([id]))
  const last = await next(({ state }) => state === 'deleted')
  expect(last).toEqual({ event: 'end', data: { asset_id: id, state: 'deleted', percent: 0 } })
  expect((await events.next()).done).toBe(true)
  expect(await outcomeOf(show(id))).toBe('404 VOD.10062')
})

test('of work that was cancelled it says that it failed, and the stream of it is one event', async () => {
  const id = await installation.import('film.mp4')
  await installation.tenant.native('POST', '/assets/cancel', { asset_id: id })
  const failed = await shows(id, { state: 'failed' })
  expect(failed['reason']).toContain('Cancelled')
  expect(await Array.fromAsync(readEvents(await open(id)))).toEqual([{ event: 'end', data: failed }])
})

test('a project has so many streams at a time, and those that end make room', async () => {
  const id = await installation.import('film.mp4')
  const control = new AbortController()
  const streams = await Promise.all(Array.from({ length: 50 }, () => open(id, installation.tenant, control.signal)))
  expect(streams.every(({ status }) => status === 200)).toBe(true)
  const refused = await open(id)
  expect([refused.status, Object(await refused.json()).error_code]).toEqual([429, 'TELECINE.0429'])
  const other = await installation.server.addProject('with room')
  expect((await open(id, other)).status).toBe(400)
  control.abort()
  await until('there is room', async () => {
    const another = await open(id, installation.tenant)
    await another.body?.cancel()
    return another.status === 200
  })
})

test('however many ask at once, an asset is looked at once', async () => {
  let looks = 0
  const progress = sharedProgress({
    logger: silent,
    async look() {
      looks++
      return { projectId: 'p' as ProjectId, progress: { state: 'complete', percent: 100 } }
    },
  })
  const id = newAssetId()
  const asked = Array.from({ length: 50 }, () => progress.show('p' as ProjectId, id))
  await Promise.all([...asked, progress.forViewers(id as AssetId)])
  expect(looks).toBe(1)
})

test('a preview, which a worker makes when it is asked for, plays only while there is one', async () => {
  const { server, tenant } = installation
  const { store, config } = server.foundation
  const video = MEDIA.video && { ...MEDIA.video, codec: 'hevc' }
  const source = { bucket: 'studio', key: 'film.mp4', sizeBytes: 8, etag: 'e' }
  const waiting = {
    published: true,
    transcode: { state: 'waiting' },
    media: { ...MEDIA, ...(video && { video }) },
  } as const
  const id = await insertAsset(server, tenant, { ...waiting, source, transcodeSettings: SYSTEM_SETTINGS })
  const copy = { bucket: config.vodBucket, key: `${tenant.projectId}/${id}/${'a'.repeat(32)}.mp4` }
  await store.put(copy, Buffer.from('no index'), { contentType: 'video/mp4', signal: AbortSignal.timeout(10_000) })
  await shows(id, { state: 'waiting', seconds_to_playable: undefined })
  await using _ = await idleWorker()
  await shows(id, { seconds_to_playable: 0 })
})

test('viewers of a film are told neither places nor reasons', async () => {
  const { engine } = installation.server.foundation
  await using worker = await idleWorker()
  const args = ['-vf', 'scale=320:180', '-c:v', 'libx264', '-preset', 'ultrafast', '-g', '12', '-c:a', 'aac']
  await installation.put('real.mp4', { file: await clip({ seconds: 2, args }) })
  const id = await installation.import('real.mp4')
  const state = async () => Object(await (await fetch(`${installation.server.url}/watch/${id}/state`)).json())
  expect(await state()).toMatchObject({
    ...{ state: 'playable', provisional: true },
    progress: { percent: 0, seconds: expect.any(Number), waitingFor: 'queue' },
  })
  for (const claim of await engine.fetch('io', 100, worker.worker ?? 0)) {
    await failTo(claim, 'disk full')
  }
  const owned = await until('the owner is told', async () => {
    const progress = await show(id)
    return Object(progress['waiting_for']).code === 'retry' && progress
  })
  expect(owned).toMatchObject({ seconds_to_playable: 0, waiting_for: { reason: 'disk full' } })
  const told = await until('viewers are told', async () => {
    const answer = await state()
    return answer.progress.waitingFor === 'delayed' && answer
  })
  expect(JSON.stringify(told)).not.toContain('disk')
  expect(new Set(Object.keys(told.progress))).toEqual(new Set(['percent', 'seconds', 'waitingFor']))
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import { signRequest } from '../../src/wire/signing/sign-request.ts'
import { type ReceivedEvent, readEvents } from '../support/event-stream.ts'
import { type Installation, startInstallation } from '../support/installation.ts'
import { clip } from '../support/media.ts'
import { PATIENT } from '../support/until.ts'

let installation: Installation
beforeAll(async () => {
  installation = await startInstallation({ worker: 'none' })
})
afterAll(() => installation[Symbol.asyncDispose]())

test('who follows a film sees it come, play and be complete, and what it took is measured', PATIENT, async () => {
  const { server, tenant } = installation
  const args = ['-vf', 'scale=320:180', '-c:v', 'mpeg4', '-c:a', 'mp3']
  await installation.put('in/film.avi', { file: await clip({ seconds: 3, args, extension: 'avi' }) })
  const id = await installation.import('in/film.avi', { type: 'AVI' })
  const target = `/telecine/v1/${tenant.projectId}/assets/${id}/progress/events`
  const given = { method: 'GET', target, headers: { host: new URL(server.url).host }, body: Buffer.alloc(0) }
  const { host: _, ...headers } = signRequest(given, tenant.key, new Date())
  const events: ReceivedEvent[] = []
  for await (const event of readEvents(await fetch(server.url + target, { headers }))) {
    events.push(event)
    if (events.length === 1) installation.startWorker()
  }
  expect(events[0]).toMatchObject({ event: 'progress', data: { state: 'waiting', waiting_for: { code: 'no_worker' } } })
  expect(events.at(-1)).toEqual({
    event: 'end',
    data: { asset_id: id, state: 'complete', percent: 100, seconds_to_playable: 0, seconds_to_complete: 0 },
  })
  expect(events.slice(0, -1).every(({ data }) => Number(data['percent']) < 100)).toBe(true)
  expect((await installation.listed(id)).transcode_status).toBe('TRANSCODE_SUCCEED')
  const { steps, paces, workers } = await server.foundation.engine.outlookOf(id)
  expect(workers).toBe(1)
  const made = steps.filter(({ state }) => state === 'done').map(({ kind }) => kind)
  expect(made).toContain('transcode')
  for (const kind of made) expect(paces.get(kind), kind).toBeGreaterThan(0)
  const transcode = steps.find(({ kind }) => kind === 'transcode')
  // The first of its kind: what it took is what the next one is expected to take.
  expect(transcode?.taskSeconds).toBeGreaterThan(0)
})

import { expect, test } from 'vitest'
import { freePort } from '../support/free-port.ts'
import { startInstallation } from '../support/installation.ts'
import { clip } from '../support/media.ts'
import { readMetrics, samplesOf } from '../support/metrics.ts'
import { PATIENT } from '../support/until.ts'

test('a worker says what it did, how fast it encodes, and whether it is well', PATIENT, async () => {
  const port = await freePort()
  const settings = { TELECINE_METRICS_LISTEN: `127.0.0.1:${port}` }
  await using installation = await startInstallation({ settings })
  await installation.put('film.mp4', { file: await clip({ seconds: 4 }) })
  const id = await installation.import('film.mp4')
  expect((await installation.settled(id)).transcode_status).toBe('TRANSCODE_SUCCEED')
  const url = `http://127.0.0.1:${port}`
  const text = await readMetrics(url)
  const tries = samplesOf(text, 'telecine_task_seconds_count')
  expect(tries).toMatchObject({ 'kind="transfer",outcome="done"': 1, 'kind="probe",outcome="done"': 1 })
  expect(samplesOf(text, 'telecine_task_seconds_sum')['kind="transcode",outcome="done"']).toBeGreaterThan(0)
  expect(Math.round(samplesOf(text, 'telecine_encoded_media_seconds_total')[''] ?? 0)).toBe(4)
  expect(samplesOf(text, 'telecine_encoding_seconds_total')['']).toBeGreaterThan(0)
  // The same for all, so the API says it.
  expect(text).not.toContain('telecine_queue_tasks')
  const ready = await fetch(`${url}/readyz`)
  expect([ready.status, await ready.json()]).toEqual([
    200,
    { status: 'ready', checks: { database: 'ok', store: 'ok' } },
  ])
})

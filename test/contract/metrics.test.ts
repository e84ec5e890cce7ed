import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AssetId } from '../../src/core/shared/ids.ts'
import { readMetrics, samplesOf } from '../support/metrics.ts'
import { until } from '../support/until.ts'
import { insertDelivered, SEGMENT } from './delivery-fixtures.ts'
import { type ContractServer, startContractServer } from './support.ts'

const TOKEN = 'of-the-scraper'
let server: ContractServer
let id: AssetId
beforeAll(async () => {
  server = await startContractServer({ TELECINE_METRICS_TOKEN: TOKEN })
  id = await insertDelivered(server)
})
afterAll(() => server[Symbol.asyncDispose]())

const samples = async (name: string) => samplesOf(await readMetrics(server.url, TOKEN), name)

test('strangers find nothing there', async () => {
  const answer = await fetch(`${server.url}/metrics`)
  expect([answer.status, Object(await answer.json()).error_code]).toEqual([404, 'APIGW.0101'])
})

test('the process says how it is, in the form of Prometheus', async () => {
  const answer = await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${TOKEN}` } })
  expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  expect(samplesOf(await answer.text(), 'process_resident_memory_bytes')['']).toBeGreaterThan(1e6)
})

test('the queue is shown by kind of work and tenant, and no longer when it is empty', async () => {
  const { db, engine } = server.foundation
  const step = { subject: id, tenant: 'p1', kind: 'transcode', queue: 'chunk', retryLimit: 1, retrySeconds: 1 } as const
  await db.transaction().execute((tx) => engine.startStep(tx, { ...step, inputs: [1, 2] }))
  expect(await samples('telecine_queue_tasks')).toEqual({ 'queue="chunk",kind="transcode",tenant="p1"': 2 })
  expect(
    (await samples('telecine_queue_oldest_seconds'))['queue="chunk",kind="transcode",tenant="p1"'],
  ).toBeGreaterThanOrEqual(0)
  await db.transaction().execute((tx) => engine.cancel(tx, id))
  expect(await samples('telecine_queue_tasks')).toEqual({})
})

test('what viewers get is counted by kind, with the bytes that went out', async () => {
  for (const path of [SEGMENT, SEGMENT, 'play_video/none.m3u8']) {
    await (await fetch(`${server.url}/asset/${id}/${path}`)).arrayBuffer()
  }
  const sent = await until('the bytes are counted', async () => {
    const bytes = await samples('telecine_delivery_bytes_total')
    return bytes['kind="segment"'] && bytes['kind="playlist"'] ? bytes : undefined
  })
  const answers = await samples('telecine_delivery_seconds_count')
  expect(answers).toEqual({ 'kind="segment",status="2xx"': 2, 'kind="playlist",status="4xx"': 1 })
  // 10 bytes each, and headers.
  expect(sent['kind="segment"']).toBeGreaterThan(400)
  expect(sent['kind="segment"']).toBeLessThan(4000)
})

test('what the store cannot do is counted, and what it does not have is not', async () => {
  const { store, config } = server.foundation
  const before = await samples('telecine_store_errors_total')
  expect(before['operation="put"']).toBe(0)
  const signal = new AbortController().signal
  const nowhere = { bucket: 'not-there', key: 'a' }
  await expect(store.put(nowhere, new Uint8Array(), { contentType: 'text/plain', signal })).rejects.toThrow()
  await expect(store.read({ bucket: config.vodBucket, key: 'none' })).rejects.toThrow('no such object')
  const aborted = AbortSignal.abort(new Error('enough'))
  await expect(store.put(nowhere, new Uint8Array(), { contentType: 'text/plain', signal: aborted })).rejects.toThrow()
  expect(await samples('telecine_store_errors_total')).toEqual({ ...before, 'operation="put"': 1 })
})

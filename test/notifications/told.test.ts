import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Asset } from '../../src/core/catalog/asset.ts'
import type { TranscodeSettings } from '../../src/core/catalog/transcode-settings.ts'
import { makeCover } from '../../src/core/processing/make-cover.task.ts'
import { openKeyRing } from '../../src/main/encryption.ts'
import { insertAsset, MEDIA, newAssetId, SNAPSHOT_TASK } from '../contract/asset-fixtures.ts'
import { createWorkbench, type Workbench } from './workbench.ts'

let bench: Workbench
beforeAll(async () => {
  bench = await createWorkbench()
  await bench.addWebhook('http://127.0.0.1:9')
})
afterAll(() => bench[Symbol.asyncDispose]())
beforeEach(() => sql`delete from asset_event`.execute(bench.server.foundation.db))

const told = async () => {
  const { rows } = await sql<{ text: string }>`
    select event.content->>'kind' || ': ' || coalesce(event.content->'outcome'->>'reason', 'succeeded') as text
    from webhook_delivery delivery join asset_event event on event.id = event_id order by delivery.id
  `.execute(bench.server.foundation.db)
  return rows.map(({ text }) => text)
}
const insert = (given: Partial<Asset>) => insertAsset(bench.server, bench.server.tenant, given)
const cancel = (asset_id: string) => bench.server.tenant.native('POST', '/assets/cancel', { asset_id })

test('a cancel tells of everything that it ended, once', async () => {
  const id = newAssetId()
  const key = openKeyRing(bench.server.foundation).keys.make(id)
  await insert({
    ...{ id, transcode: { state: 'running' }, snapshots: { state: 'running', ...SNAPSHOT_TASK } },
    encryption: { key, change: {} },
  })
  await cancel(id)
  await cancel(id)
  expect(await told()).toEqual([
    'transcodeComplete: Cancelled on request',
    'thumbnailComplete: Cancelled on request',
    'transcodeComplete: Changing the encryption was cancelled on request',
  ])
})

test('a transcode that ends badly is told of under the group by which it was ordered', async () => {
  const order = { templateGroup: 'second', templateGroupId: 'g', settings: {} as TranscodeSettings }
  const id = await insert({ templateGroup: 'first', transcode: { state: 'running' } })
  const { db, transactions } = bench.server.foundation
  await transactions.write((tx) => tx.updateAsset(id, { nextTranscode: { ...order, before: { state: 'none' } } }))
  await cancel(id)
  const { rows } = await sql`select content->>'templateGroup' as name from asset_event`.execute(db)
  expect(rows).toEqual([{ name: 'second' }])
})

test('a cancelled import, and a cancelled extraction, are told of as what they are', async () => {
  await cancel(await insert({ ingest: { state: 'creating' } }))
  const extraction = { from: newAssetId(), format: 'MP3' } as const
  const waiting = { ingest: { state: 'creating' }, transcode: { state: 'waiting' }, extraction } as const
  await cancel(await insert(waiting))
  const id = await insert(waiting)
  await bench.server.tenant.call('DELETE', '/asset/extract_audio', { query: `asset_id=${id}` })
  const sound = 'audioExtractComplete: Cancelled on request'
  expect(await told()).toEqual(['createComplete: Cancelled on request', sound, sound])
})

test('a cover that is given up is told of with its reason, unless there is one by now', async () => {
  const { reader, store, transactions, config } = bench.server.foundation
  const task = makeCover({
    ...{ reader, store, serviceBucket: config.vodBucket, grants: bench.server.auth },
    media: { firstFrame: () => Promise.reject(new Error('not asked here')) },
  })
  const { projectId } = bench.server.tenant
  const id = await insert({ media: MEDIA })
  await transactions.write(task.failed({ assetId: id, projectId }, 'no frame decodes'))
  const other = await insert({ cover: 'snapshot/sample/5.jpg' })
  await transactions.write(task.failed({ assetId: other, projectId }, 'no frame decodes'))
  expect(await told()).toEqual(['coverComplete: The cover of film.mp4 failed: no frame decodes'])
})

test('what follows from a fact in the same transaction is told with it', async () => {
  const { transactions } = bench.server.foundation
  const { video: _, ...sound } = MEDIA
  const id = await insert({ media: sound, snapshots: { ...SNAPSHOT_TASK, state: 'running', task: '8'.repeat(32) } })
  await transactions.write((tx) => tx.record(id, { type: 'probed' }))
  expect(await told()).toEqual(['createComplete: succeeded', 'thumbnailComplete: The source has no moving picture'])
})

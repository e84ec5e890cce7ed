import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BUCKET, type Installation, startInstallation } from '../support/installation.ts'
import { until } from '../support/until.ts'

const SIZE_BYTES = 50_000_000_000
const MOST_GROWTH_BYTES = 20_000_000

let installation: Installation
beforeAll(async () => {
  installation = await startInstallation()
})
afterAll(() => installation[Symbol.asyncDispose]())

/** Of no blocks, so that it fits on any disk; who copies it must still say its size to the byte. */
test('a source of 50 GB is transferred whole, and takes none of our memory', async () => {
  const { foundation } = installation.server
  // What any import loads is there then.
  await installation.put('first.mp4', Buffer.from('This is not a film.\n'))
  await installation.settled(await installation.import('first.mp4', { templateGroup: '' }))
  const file = await open(join(installation.dataDir, 'buckets', BUCKET, 'large.mp4'), 'w')
  await file.truncate(SIZE_BYTES)
  await file.close()

  const before = process.memoryUsage().rss
  let highest = before
  const id = await installation.import('large.mp4', { templateGroup: '' })
  await until('it is transferred', async () => {
    highest = Math.max(highest, process.memoryUsage().rss)
    return (await foundation.engine.workOf(id)).some(({ kind, state }) => kind === 'transfer' && state === 'done')
  })
  const bucket = foundation.config.vodBucket
  const prefix = `${installation.tenant.projectId}/${id}/`
  const copies = await Array.fromAsync(foundation.store.list(bucket, prefix))
  expect(copies.map(({ sizeBytes }) => sizeBytes)).toEqual([SIZE_BYTES])
  expect(highest - before).toBeLessThan(MOST_GROWTH_BYTES)
})

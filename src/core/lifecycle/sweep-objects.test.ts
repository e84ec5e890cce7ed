import { expect, test } from 'vitest'
import type { AssetId, ProjectId } from '../shared/ids.ts'
import { PermanentFailure } from '../shared/task.ts'
import { sweepObjects } from './sweep-objects.task.ts'

const projectId = 'b'.repeat(32) as ProjectId
const assetId = 'a'.repeat(32) as AssetId

/** A store that knows which prefixes it was asked for, and a catalog that has lost everything. */
const sweepOf = (keys: readonly string[]) => {
  const asked: string[] = []
  const removed: string[] = []
  const task = sweepObjects({
    reader: { asset: async () => undefined, renditions: async () => new Map() },
    store: {
      async *list(_, prefix) {
        asked.push(prefix)
        for (const key of keys) if (key.startsWith(prefix)) yield { key, sizeBytes: 1, etag: 'e' }
      },
      async remove(_, litter) {
        removed.push(...litter)
      },
      async abortUploads(_, prefix) {
        asked.push(prefix)
      },
    },
    serviceBucket: 'vod',
  })
  const context = {
    ...{ signal: new AbortController().signal, attempt: 1, tryId: 'c'.repeat(32), repeated: false },
    progress: () => undefined,
  }
  return { asked, removed, run: (input: Parameters<typeof task.run>[0]) => task.run(input, context) }
}

test('of an asset that went with its project everything is removed, and nothing of others', async () => {
  const own = [`${projectId}/${assetId}/play_video/index.m3u8`, `${projectId}/${assetId}/film.mp4`]
  const sweep = sweepOf([...own, `${projectId}/${'d'.repeat(32)}/film.mp4`])
  await sweep.run({ projectId, assetId })
  expect(sweep.removed).toEqual(own)
})

test.each(['', '/', '..', `${projectId}/`])(
  'a project id like "%s" is refused before the store is asked',
  async (bad) => {
    const sweep = sweepOf(['anything'])
    await expect(sweep.run({ projectId: bad as ProjectId, assetId })).rejects.toThrow(PermanentFailure)
    await expect(sweep.run({ projectId, assetId: bad as AssetId })).rejects.toThrow(PermanentFailure)
    expect([sweep.asked, sweep.removed]).toEqual([[], []])
  },
)

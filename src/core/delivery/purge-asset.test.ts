import { expect, test } from 'vitest'
import type { Asset } from '../catalog/asset.ts'
import { asset } from './edge-fixtures.ts'
import type { PurgeFailure } from './edge-ports.ts'
import { purgeAsset } from './purge-asset.task.ts'

const EDGES = ['http://one', 'http://two']

/** Runs the purge of an asset in this state; answers what the edges were asked to forget. */
const purged = async (state: Partial<Asset>, edges = EDGES, failure?: PurgeFailure) => {
  const asked: string[] = []
  const caches = {
    edges,
    async purge(edge: string, path: string) {
      asked.push(edge + path)
      return failure
    },
  }
  const reader = {
    assetById: async () => ({ ...asset, ...state }),
    renditions: async () => new Map(),
    adoptedFiles: async () => [],
  }
  const { signal } = new AbortController()
  const context = { signal, attempt: 1, tryId: 't', repeated: false, progress: () => undefined }
  await purgeAsset({ caches, reader }).run({ assetId: asset.id, projectId: asset.projectId }, context)
  return asked
}

test('every edge is told to forget what is not shown any more, the indexes first', async () => {
  const states: readonly Partial<Asset>[] = [{ published: false }, { ingest: { state: 'deleted' }, published: false }]
  for (const state of states) {
    const asked = await purged(state)
    for (const edge of EDGES) {
      const [first, ...rest] = asked.filter((url) => url.startsWith(edge))
      expect(first).toBe(`${edge}/asset/${asset.id}/play_video/index.m3u8`)
      expect(rest).toContain(`${edge}/asset/${asset.id}/${asset.sourcePath}`)
    }
  }
})

test('what was published again meanwhile stays, and without an edge there is nobody to tell', async () => {
  expect([await purged({ published: true }), await purged({ published: false }, [])]).toEqual([[], []])
})

test('an edge that does not forget makes the try fail, with edge and reason', async () => {
  const failure = { reason: 'could not be read (ECONNREFUSED)', isLasting: true }
  await expect(purged({ published: false }, ['http://one'], failure)).rejects.toThrow(
    'http://one could not be read (ECONNREFUSED)',
  )
})

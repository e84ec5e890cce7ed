import { expect, test } from 'vitest'
import type { Asset } from '../catalog/asset.ts'
import type { AssetId, ProjectId } from '../shared/ids.ts'
import { PermanentFailure } from '../shared/task.ts'
import { transferSource } from './transfer-source.task.ts'

const projectId = 'b'.repeat(32) as ProjectId
const assetId = 'a'.repeat(32) as AssetId
const asset = {
  ...{ id: assetId, projectId, ingest: { state: 'creating' }, sourcePath: 'film.mp4' },
  source: { bucket: 'studio', key: 'film.mp4', sizeBytes: 1, etag: 'e' },
} as Asset

const context = {
  ...{ signal: new AbortController().signal, attempt: 1, tryId: 'c'.repeat(32), repeated: false },
  progress: () => undefined,
}

test('a bucket that was taken back between the call and the copy is not read', async () => {
  const copies: string[] = []
  const task = transferSource({
    reader: { assetById: async () => asset },
    store: {
      head: async () => undefined,
      copy: async ({ key }) => {
        copies.push(key)
        return { sizeBytes: 1, etag: 'e', modifiedAt: new Date(0) }
      },
    },
    serviceBucket: 'vod',
    grants: { isGranted: async () => false },
  })
  await expect(task.run({ projectId, assetId }, context)).rejects.toThrow(PermanentFailure)
  expect(copies).toEqual([])
})

test.each([
  ['e', undefined],
  ['f', 'the object was changed after the request'],
  [undefined, 'the object was deleted after the request'],
])('a source that stays where it is is only looked at: version %s', async (etag, reason) => {
  const task = transferSource({
    reader: { assetById: async () => ({ ...asset, output: { bucket: 'studio', path: 'out' } }) },
    store: {
      head: async () => (etag === undefined ? undefined : { sizeBytes: 1, etag, modifiedAt: new Date(0) }),
      copy: async () => Promise.reject(new Error('nothing is to be copied')),
    },
    serviceBucket: 'vod',
    grants: { isGranted: async () => true },
  })
  const run = task.run({ projectId, assetId }, context)
  if (reason === undefined) await expect(run).resolves.toBeTypeOf('function')
  else await expect(run).rejects.toThrow(new PermanentFailure(reason))
})

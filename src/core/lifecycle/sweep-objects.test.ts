import { expect, test } from 'vitest'
import type { Asset } from '../catalog/asset.ts'
import type { AssetId, ProjectId } from '../shared/ids.ts'
import { PermanentFailure } from '../shared/task.ts'
import { sweepObjects } from './sweep-objects.task.ts'

const projectId = 'b'.repeat(32) as ProjectId
const assetId = 'a'.repeat(32) as AssetId

/** A store that knows which prefixes it was asked for, and a catalog that has lost everything. */
const sweepOf = (keys: readonly string[], { asset, granted = true }: { asset?: Asset; granted?: boolean } = {}) => {
  const asked: string[] = []
  const removed: string[] = []
  const task = sweepObjects({
    reader: { asset: async () => asset, renditions: async () => new Map() },
    store: {
      async *list(_, prefix) {
        asked.push(prefix)
        for (const key of keys) if (key.startsWith(prefix)) yield { key, sizeBytes: 1, etag: 'e' }
      },
      async remove(bucket, litter) {
        removed.push(...litter.map((key) => (bucket === 'vod' ? key : `${bucket}:${key}`)))
      },
      async abortUploads(_, prefix) {
        asked.push(prefix)
      },
    },
    serviceBucket: 'vod',
    grants: { isGranted: async () => granted },
    now: () => new Date(),
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

/** Of a deleted asset whose results went to a tenant's bucket. */
const kept: Asset = {
  ...{ id: assetId, projectId, createdAt: new Date(0), modifiedAt: new Date(0), title: 'film', tags: [] },
  ...{ videoType: 'MP4', videoName: 'film.mp4', sourcePath: 'film.mp4', ingest: { state: 'deleted' }, options: {} },
  source: { bucket: 'studio', key: 'out/film.mp4', sizeBytes: 1, etag: 'e' },
  output: { bucket: 'studio', path: '/out' },
  ...{
    published: false,
    publishWhenReady: false,
    transcode: { state: 'none' },
    snapshots: { state: 'none' },
    hasCover: true,
    sourceRemoved: false,
  },
}
const RUN = 'e'.repeat(32)

test("in a tenant's bucket nothing goes but what bears a name of ours in the asset's own folder", async () => {
  const ours = [
    ...['cover/Cover0.jpg', 'play_video/index.m3u8', 'snapshot/sample/12.jpg'],
    ...[`play_video/${RUN}_audio.m3u8`, `play_video/${RUN}_1/init.mp4`, `play_video/${RUN}_1/00012.m4s`],
  ].map((path) => `out/${assetId}/${path}`)
  const theirs = [
    ...['film.mp4', 'cover/Cover1.jpg', 'play_video/holiday.ts', 'play_video/index.m3u8.bak', 'snapshot/mine.jpg'],
    ...[`play_video/${RUN}/00012.m4s`, `play_video/${RUN}_1/notes.txt`, `play_video/${RUN}_1/a/00012.m4s`],
  ].map((path) => `out/${assetId}/${path}`)
  const elsewhere = ['out/film.mp4', 'out/play_video/index.m3u8', `${projectId}/${assetId}/play_video/index.m3u8`]
  const sweep = sweepOf([...ours, ...theirs, ...elsewhere], { asset: kept })
  await sweep.run({ projectId, assetId })
  expect(sweep.removed).toEqual(ours.map((key) => `studio:${key}`))
  expect(sweep.asked, 'uploads elsewhere are theirs').toEqual([`out/${assetId}/play_video/`, `out/${assetId}/`])
})

test('while a transcode runs its uploads go on, whatever else is swept meanwhile', async () => {
  const asset: Asset = { ...kept, ingest: { state: 'created' }, transcode: { state: 'running' } }
  const sweep = sweepOf([], { asset })
  await sweep.run({ projectId, assetId })
  expect(sweep.asked, 'objects only').toEqual([`out/${assetId}/`])
})

test("in a tenant's bucket that was taken back nothing is even looked for", async () => {
  const sweep = sweepOf([`out/${assetId}/cover/Cover0.jpg`], { asset: kept, granted: false })
  await sweep.run({ projectId, assetId })
  expect([sweep.asked, sweep.removed]).toEqual([[], []])
})

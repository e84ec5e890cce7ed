import { expect, test } from 'vitest'
import type { Asset } from '../catalog/asset.ts'
import { COVER_PATH } from '../catalog/object-keys.ts'
import type { CatalogTx } from '../catalog/ports.ts'
import type { AssetId, ProjectId } from '../shared/ids.ts'
import { PermanentFailure } from '../shared/task.ts'
import { sweepObjects } from './sweep-objects.task.ts'

const projectId = 'b'.repeat(32) as ProjectId
const assetId = 'a'.repeat(32) as AssetId

interface Present {
  readonly asset?: Asset
  /** What it is once the store has said what there is. */
  readonly meanwhile?: Asset
  readonly granted?: boolean
}

/** A store that knows which prefixes it was asked for, and a catalog that has lost everything. */
const sweepOf = (keys: readonly string[], { asset, meanwhile, granted = true }: Present = {}) => {
  const asked: string[] = []
  const removed: string[] = []
  const aborted: string[] = []
  const tx = {
    lockAsset: async () => meanwhile ?? asset,
    renditions: async () => [],
  } as Partial<CatalogTx> as CatalogTx
  const task = sweepObjects({
    reader: { asset: async () => asset },
    releasePictures: async () => undefined,
    db: { write: (work) => work(tx) },
    store: {
      async *list(_, prefix) {
        asked.push(prefix)
        for (const key of keys) if (key.startsWith(prefix)) yield { key, sizeBytes: 1, etag: 'e' }
      },
      async remove(bucket, litter) {
        removed.push(...litter.map((key) => (bucket === 'vod' ? key : `${bucket}:${key}`)))
      },
      async abortUploads({ prefix }, choose) {
        asked.push(prefix)
        aborted.push(...(await choose(keys.filter((key) => key.startsWith(prefix)))))
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
  return { asked, removed, aborted, run: (input: Parameters<typeof task.run>[0]) => task.run(input, context) }
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
    cover: COVER_PATH,
    sourceRemoved: false,
  },
}
const RUN = 'e'.repeat(32)

test("in a tenant's bucket nothing goes but what bears a name of ours in the asset's own folder", async () => {
  const ours = [
    ...['cover/Cover0.jpg', 'play_video/index.m3u8', 'snapshot/sample/12.jpg', `snapshot/sample/${RUN}_12.jpg`],
    ...[`play_video/${RUN}_audio.m3u8`, `play_video/${RUN}_1/init.mp4`, `play_video/${RUN}_1/00012.m4s`],
  ].map((path) => `out/${assetId}/${path}`)
  const theirs = [
    ...['film.mp4', 'cover/Cover1.jpg', 'play_video/holiday.ts', 'play_video/index.m3u8.bak', 'snapshot/mine.jpg'],
    ...[`snapshot/sample/${RUN}.jpg`, `snapshot/sample/${RUN}_12.jpg.bak`, 'snapshot/sample/index.vtt'],
    ...[`play_video/${RUN}/00012.m4s`, `play_video/${RUN}_1/notes.txt`, `play_video/${RUN}_1/a/00012.m4s`],
  ].map((path) => `out/${assetId}/${path}`)
  const elsewhere = ['out/film.mp4', 'out/play_video/index.m3u8', `${projectId}/${assetId}/play_video/index.m3u8`]
  const sweep = sweepOf([...ours, ...theirs, ...elsewhere], { asset: kept })
  await sweep.run({ projectId, assetId })
  expect(sweep.removed).toEqual(ours.map((key) => `studio:${key}`))
  expect([sweep.aborted, new Set(sweep.asked)]).toEqual([ours, new Set([`out/${assetId}/`])])
})

test("in a tenant's bucket that was taken back nothing is even looked for", async () => {
  const sweep = sweepOf([`out/${assetId}/cover/Cover0.jpg`], { asset: kept, granted: false })
  await sweep.run({ projectId, assetId })
  expect([sweep.asked, sweep.removed]).toEqual([[], []])
})

test('what work that began meanwhile writes is not removed', async () => {
  const settings = { points: { type: 'interval', seconds: 5 }, coverPosition: 1, shape: 'source' } as const
  const asset: Asset = { ...kept, ingest: { state: 'created' } }
  const meanwhile: Asset = { ...asset, snapshots: { state: 'running', task: '7'.repeat(32), settings } }
  const [snapshot, segment] = ['snapshot/sample/0.jpg', `play_video/${RUN}_1/00000.m4s`].map(
    (path) => `out/${assetId}/${path}`,
  )
  const sweep = sweepOf([snapshot ?? '', segment ?? ''], { asset, meanwhile })
  await sweep.run({ projectId, assetId })
  expect(sweep.removed).toEqual([`studio:${segment}`])
})

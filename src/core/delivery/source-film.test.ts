import { expect, test } from 'vitest'
import type { Asset } from '../catalog/asset.ts'
import type { AssetId, ProjectId } from '../shared/ids.ts'
import { sourceFilm, sourceRun } from './source-film.ts'

const SOURCE = { bucket: 'films', key: 'in/film.mp4', sizeBytes: 9, etag: 'e' }
const asset: Asset = {
  ...{ id: 'a'.repeat(32) as AssetId, projectId: 'b'.repeat(32) as ProjectId, title: 'film', tags: [] },
  ...{ createdAt: new Date(0), modifiedAt: new Date(0), videoType: 'MP4', videoName: 'film.mp4', source: SOURCE },
  ...{ sourcePath: 'c.mp4', ingest: { state: 'created' }, published: true, publishWhenReady: true, options: {} },
  ...{ transcode: { state: 'none' }, snapshots: { state: 'none' }, sourceRemoved: false },
}
const filmOf = (patch: Partial<Asset>) => sourceFilm({ ...asset, ...patch }, 'ours')

test('before the copy is there the object of the call is read, in its version; afterwards the copy', () => {
  const object = { bucket: 'films', key: 'in/film.mp4', etag: 'e' }
  expect(filmOf({ ingest: { state: 'creating' }, published: false })).toEqual({ ...object, sizeBytes: 9 })
  const copy = { bucket: 'ours', key: `${asset.projectId}/${asset.id}/c.mp4` }
  expect(filmOf({})).toEqual({ ...copy, sizeBytes: 9 })
  expect(filmOf({ output: { bucket: 'films', path: 'out' } })).toMatchObject(object)
})

test('its segments do not follow from a template group, whose interval may change, or be 0', () => {
  const transcodeSettings = { outputs: [], segmentSeconds: 0, videoCodec: 'h264', audioCodec: 'aac' } as const
  expect(filmOf({ transcodeSettings })).toEqual(filmOf({}))
})

test.for<[string, Partial<Asset>]>([
  ['not published', { published: false }],
  ['to be published by hand', { ingest: { state: 'creating' }, published: false, publishWhenReady: false }],
  ['that failed', { ingest: { state: 'failed', reason: 'gone' } }],
  ['deleted', { ingest: { state: 'deleted' }, published: false }],
  ['without its source', { sourceRemoved: true }],
  ['a stream', { videoType: 'HLS' }],
  ['in the middle of being encrypted', { encryption: { change: { key: 'ab' } } }],
  ['in the middle of being decrypted', { encryption: { key: 'ab', change: {} } }],
])('nothing is played of an asset that is %s', ([, patch]) => {
  expect(filmOf(patch)).toBeUndefined()
})

test('another key makes another run', () => {
  const runs = ['ab', 'cd'].map((key) => sourceRun({ encryption: { key } }))
  expect(new Set(runs).size).toBe(2)
  expect([sourceRun({}), sourceRun({ encryption: {} })]).toEqual([undefined, undefined])
})

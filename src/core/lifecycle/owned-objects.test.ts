import { expect, test } from 'vitest'
import type { Asset } from '../catalog/asset.ts'
import { COVER_PATH } from '../catalog/object-keys.ts'
import type { Rendition } from '../catalog/rendition.ts'
import type { AssetId, ProjectId } from '../shared/ids.ts'
import { ownsObject } from './owned-objects.ts'

const ID = 'a'.repeat(32) as AssetId
const RUN = 'c'.repeat(32)

const asset: Asset = {
  id: ID,
  projectId: 'b'.repeat(32) as ProjectId,
  createdAt: new Date(0),
  modifiedAt: new Date(0),
  title: 'film',
  tags: [],
  videoType: 'MP4',
  videoName: 'film.mp4',
  source: { bucket: 'studio', key: 'film.mp4', sizeBytes: 1, etag: 'e' },
  sourcePath: 'film.mp4',
  ingest: { state: 'created' },
  published: true,
  publishWhenReady: false,
  transcode: { state: 'succeeded' },
  snapshots: { state: 'none' },
  cover: COVER_PATH,
  sourceRemoved: false,
  options: {},
}

const rendition: Rendition = {
  assetId: ID,
  run: RUN,
  index: 0,
  format: 'HLS',
  width: 2,
  height: 2,
  frameRate: 1,
  bitRateKbps: 1,
  durationMs: 1,
  sizeBytes: 1,
  frames: 1,
  playlist: `${RUN}_1_2X2_1_0.m3u8`,
}

const FILES = [
  'film.mp4',
  'cover/Cover0.jpg',
  'play_video/index.m3u8',
  `play_video/${RUN}_1/00000.m4s`,
  `play_video/${'d'.repeat(32)}_1/00000.m4s`,
]
const owned = (state: Asset, renditions: readonly Rendition[] = [rendition]) =>
  FILES.filter((file) => ownsObject(state, { renditions, nowMs: 1_000 }, file))

test('a finished asset owns its source, its cover and the files of its own run', () => {
  expect(owned(asset)).toEqual(FILES.slice(0, 4))
})

test('a deleted asset owns nothing, nor does one whose import failed', () => {
  expect(owned({ ...asset, ingest: { state: 'failed', reason: 'bad' } })).toEqual([])
  expect(owned({ ...asset, ingest: { state: 'deleted' } })).toEqual([])
})

test('an asset whose source was removed owns everything but the source', () => {
  expect(owned({ ...asset, sourceRemoved: true })).toEqual(FILES.slice(1, 4))
})

test('a failed transcode leaves no stream; the index under its plain name is not the sweep’s', () => {
  expect(owned({ ...asset, transcode: { state: 'failed', reason: 'bad' } }, [])).toEqual(FILES.slice(0, 3))
})

test('snapshots and a storyboard are owned as recorded, and while they may be in the making', () => {
  const files = [
    'sample/0.jpg',
    'sample/5.jpg',
    'sample/05.jpg',
    'storyboard/0.jpg',
    'storyboard/1.jpg',
    'storyboard/index.vtt',
  ]
  const kept = (state: Asset) =>
    files.filter((file) => ownsObject(state, { renditions: [], nowMs: 0 }, `snapshot/${file}`))
  const settings = { points: { type: 'interval', seconds: 5 }, coverPosition: 1, shape: 'source' } as const
  const task = { task: '7'.repeat(32), settings }
  expect(kept(asset)).toEqual(files.slice(3))
  expect(kept({ ...asset, snapshots: { state: 'running', ...task } })).toEqual(files)
  const failed: Asset = {
    ...asset,
    snapshots: { state: 'failed', before: { ...task, offsets: [0] }, reason: 'r', ...task },
  }
  expect(kept(failed)).toEqual(['sample/0.jpg', ...files.slice(3)])
  const made: Asset = { ...asset, storyboardSheets: 1, snapshots: { state: 'succeeded', offsets: [0], ...task } }
  expect(kept(made)).toEqual(['sample/0.jpg', 'storyboard/0.jpg', 'storyboard/index.vtt'])
})

test('of the snapshots of several tries those that are recorded are owned, and the one that is the cover', () => {
  const [old, made, other] = ['1', '2', '3'].map((digit) => `snapshot/sample/${digit.repeat(32)}_5.jpg`)
  const files = [old, made, other, 'snapshot/sample/5.jpg'].filter((file) => file !== undefined)
  const settings = { points: { type: 'interval', seconds: 5 }, coverPosition: 1, shape: 'source' } as const
  const pictures = { run: '2'.repeat(32), offsets: [0, 5] }
  const state: Asset = {
    ...{ ...asset, ...(old !== undefined && { cover: old }) },
    snapshots: { state: 'succeeded', task: '7'.repeat(32), settings, ...pictures },
  }
  const kept = (now: Asset) => files.filter((file) => ownsObject(now, { renditions: [], nowMs: 0 }, file))
  expect([kept(state), kept({ ...state, snapshots: { state: 'none' } })]).toEqual([[old, made], [old]])
})

test('files of a transcode that was replaced are kept for players, but not for ever', () => {
  const retired = (untilMs: number): Asset => ({ ...asset, retired: [{ run: 'd'.repeat(32), untilMs }] })
  expect(owned(retired(1_001))).toEqual(FILES)
  expect(owned(retired(1_000))).toEqual(FILES.slice(0, 4))
})

test('of a run whose outputs were deleted in part, only what is left is owned', () => {
  const [kept, gone] = [`play_video/${RUN}_2/00000.m4s`, `play_video/${RUN}_1/00000.m4s`]
  const left = { renditions: [{ ...rendition, index: 1, playlist: `${RUN}_2.m3u8` }], nowMs: 0 }
  const sound = `play_video/${RUN}_audio/init.mp4`
  expect([kept, gone, sound].filter((file) => ownsObject(asset, left, file))).toEqual([kept, sound])
})

test('what a running transcode wrote is not litter yet', () => {
  expect(owned({ ...asset, transcode: { state: 'running' } }, [])).toEqual(FILES)
})

test('nothing is litter while a change of key is under way', () => {
  expect(owned({ ...asset, encryption: { change: {} } })).toEqual(FILES)
})

test('a track that only went into files keeps none of its segments', () => {
  const file: Rendition = { ...rendition, format: 'MP4', playlist: `${RUN}_1_2X2_1_0.mp4` }
  expect(owned(asset, [file])).toEqual(FILES.slice(0, 3))
  expect(ownsObject(asset, { renditions: [file], nowMs: 0 }, `play_video/${file.playlist}`)).toBe(true)
})

test('subtitles belong to the asset, whatever its runs, and while they are made any may be one', () => {
  const [file, other] = ['5', '6'].map((digit) => digit.repeat(32))
  const paths = [`play_video/${file}_subtitle.vtt`, `play_video/${file}_subtitle.m3u8`]
  const litter = `play_video/${other}_subtitle.vtt`
  const track = { id: 1, type: 'SRT', language: 'en', file: file ?? '', sizeBytes: 1, shown: 'later' } as const
  const subtitled: Asset = { ...asset, subtitles: { tracks: [track], nextId: 2 } }
  const owns = (state: Asset, path: string) => ownsObject(state, { renditions: [], nowMs: 0 }, path)
  expect([...paths, litter].map((path) => owns(subtitled, path))).toEqual([true, true, false])
  expect(owns(asset, paths[0] ?? '')).toBe(false)
  const changing: Asset = { ...asset, subtitles: { tracks: [], nextId: 1, change: { type: 'extract' } } }
  expect(owns(changing, litter)).toBe(true)
  expect(owns({ ...subtitled, ingest: { state: 'deleted' } }, paths[0] ?? '')).toBe(false)
})

test('of the pictures of a review those of its last try are owned, and while one runs all', () => {
  const files = ['1', '2'].flatMap((digit) => [0, 5, 10].map((n) => `snapshot/sample0/${digit.repeat(32)}_${n}.jpg`))
  const settings = { intervalSeconds: 5, thresholds: { porn: 80, terrorism: 0, politics: 0 }, publishOnPass: false }
  const order = { task: '7'.repeat(32), templateId: '8'.repeat(32), settings }
  const kept = (review?: Asset['review']) =>
    files.filter((file) => ownsObject({ ...asset, ...(review && { review }) }, { renditions: [], nowMs: 0 }, file))
  const pictures = { run: '2'.repeat(32), count: 2 }
  expect(kept({ state: 'passed', order, pictures })).toEqual(files.slice(3, 5))
  expect(kept({ state: 'blocked', order, pictures, judgement: { by: 'anna' } })).toEqual(files.slice(3, 5))
  expect(kept({ state: 'running', order })).toEqual(files)
  expect([kept({ state: 'failed', order, reason: 'r' }), kept()]).toEqual([[], []])
})

import { expect, test } from 'vitest'
import type { Asset } from '../catalog/asset.ts'
import { COVER_PATH } from '../catalog/object-keys.ts'
import type { Rendition } from '../catalog/rendition.ts'
import type { AssetId, ProjectId } from '../shared/ids.ts'
import { resolvePath } from './resolve-path.ts'

const RUN = 'c'.repeat(32)
const PLAYLIST = `${RUN}_1_1920X1080_3000_0.m3u8`
const PREFIX = `${'b'.repeat(32)}/${'a'.repeat(32)}/`

const asset: Asset = {
  id: 'a'.repeat(32) as AssetId,
  projectId: 'b'.repeat(32) as ProjectId,
  createdAt: new Date(0),
  modifiedAt: new Date(0),
  title: 'film',
  tags: [],
  videoType: 'MP4',
  videoName: 'film.html',
  source: { bucket: 'studio', key: 'film.html', sizeBytes: 1, etag: 'e' },
  sourcePath: 'film.html',
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
  ...{
    assetId: asset.id,
    run: RUN,
    index: 0,
    format: 'HLS',
    width: 2,
    height: 2,
    frameRate: 1,
    frames: 1,
    playlist: PLAYLIST,
  },
  ...{ bitRateKbps: 1, durationMs: 1, sizeBytes: 1 },
}

const resolve = (path: string, { state = asset, renditions = [rendition] } = {}) =>
  resolvePath(state, renditions, { path, serviceBucket: 'vod' })
const keyOf = (path: string, state: Asset = asset) => resolve(path, { state })?.object.key

test.each([
  'film.html',
  'cover/Cover0.jpg',
  'play_video/index.m3u8',
  `play_video/${RUN}_1_1920X1080_3000_0.m3u8`,
  `play_video/${RUN}_audio.m3u8`,
  `play_video/${RUN}_1/init.mp4`,
  `play_video/${RUN}_audio/00012.m4s`,
])('a published asset gives %s', (path) => {
  expect(keyOf(path)).toBe(PREFIX + path)
})

test.each([
  'play_video/',
  `play_video/${RUN}`,
  `play_video/${RUN}_1/../../../secret`,
  `play_video/${RUN}_1/..`,
  `play_video/${'d'.repeat(32)}_1/00000.m4s`,
  `play_video/${RUN}_1/00000.m4s/more`,
  'cover/Cover1.jpg',
  '../film.html',
  '',
])('nobody gets %s', (path) => {
  expect(keyOf(path)).toBeUndefined()
})

test('an unpublished, failed or deleted asset gives nothing', () => {
  const states: Asset[] = [
    { ...asset, published: false },
    { ...asset, ingest: { state: 'failed', reason: 'bad' } },
    { ...asset, ingest: { state: 'deleted' } },
  ]
  expect(states.map((state) => keyOf('play_video/index.m3u8', state))).toEqual([undefined, undefined, undefined])
})

test('of snapshots and storyboards only what is recorded is served, and not for long', () => {
  const settings = { points: { type: 'interval', seconds: 5 }, coverPosition: 1, shape: 'source' } as const
  const task = { task: '7'.repeat(32), settings }
  const made: Asset = { ...asset, storyboardSheets: 2, snapshots: { state: 'succeeded', offsets: [0, 5], ...task } }
  const paths = ['sample/0.jpg', 'sample/5.jpg', 'storyboard/1.jpg', 'storyboard/index.vtt']
  for (const path of paths) expect(keyOf(`snapshot/${path}`, made)).toBe(`${PREFIX}snapshot/${path}`)
  const others = [
    'sample/10.jpg',
    'sample/05.jpg',
    'sample/5.jpg/',
    'sample/-5.jpg',
    'storyboard/2.jpg',
    'storyboard/',
    '5.jpg',
  ]
  for (const path of others) expect(keyOf(`snapshot/${path}`, made)).toBeUndefined()
  for (const path of paths) {
    expect(keyOf(`snapshot/${path}`, { ...asset, snapshots: { state: 'running', ...task } })).toBeUndefined()
  }
  // An earlier task's, until this one's are there.
  const again: Asset = {
    ...asset,
    snapshots: { state: 'running', before: { ...task, run: RUN, offsets: [0] }, ...task },
  }
  expect([keyOf('snapshot/sample/0.jpg', again), keyOf('snapshot/sample/5.jpg', again)]).toEqual([
    ...[`${PREFIX}snapshot/sample/${RUN}_0.jpg`, undefined],
  ])
  expect(resolve('snapshot/storyboard/index.vtt', { state: made })).toMatchObject({
    ...{ contentType: 'text/vtt; charset=utf-8', caching: 'minutes' },
  })
})

test('subtitles are served by their own names, which last, and shown in the indexes alone', () => {
  const track = { id: 1, type: 'VTT', language: 'en', file: '5'.repeat(32), sizeBytes: 1, shown: 'now' } as const
  const state: Asset = { ...asset, subtitles: { tracks: [track], nextId: 2 } }
  const path = `play_video/${track.file}_subtitle`
  expect(resolve(`${path}.vtt`, { state })).toMatchObject({
    contentType: 'text/vtt; charset=utf-8',
    caching: 'forever',
  })
  expect(keyOf(`${path}.m3u8`, state)).toBe(`${PREFIX}${path}.m3u8`)
  for (const other of [`${path}.mp4`, `play_video/${'6'.repeat(32)}_subtitle.vtt`]) {
    expect(keyOf(other, state)).toBeUndefined()
  }
  expect(keyOf(`${path}.vtt`, { ...state, published: false })).toBeUndefined()
  const stored = `#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n${PLAYLIST}\n`
  expect(resolve('play_video/index.m3u8', { state })?.present?.(stored)).toContain(`URI="${track.file}_subtitle.m3u8"`)
})

test('a cover is the object that the record names, and viewers know no other name of it', () => {
  const object = `snapshot/sample/${RUN}_5.jpg`
  const chosen: Asset = { ...asset, cover: object }
  expect([keyOf(COVER_PATH, chosen), keyOf(object, chosen)]).toEqual([PREFIX + object, undefined])
})

test('bytes of strangers are never served as a page', () => {
  expect(resolve('film.html')?.contentType).toBe('application/octet-stream')
})

test('without a rendition there is no stream', () => {
  expect(resolve('play_video/index.m3u8', { renditions: [] })).toBeUndefined()
})

test('of an encrypted asset the source is served to nobody, and playlists lead to keys', () => {
  const encrypted: Asset = { ...asset, encryption: { key: 'k' } }
  expect(keyOf('film.html', encrypted)).toBeUndefined()
  expect(resolve('play_video/index.m3u8', { state: encrypted })?.leadsToKeys).toBe(true)
  expect(resolve(`play_video/${RUN}_1/00000.m4s`, { state: encrypted })).not.toHaveProperty('leadsToKeys')
  expect(keyOf('film.html', { ...asset, encryption: { change: { key: 'k' } } })).toBeDefined()
})

test('segments of a retired run are served like those of the present one', () => {
  const segment = `play_video/${'d'.repeat(32)}_1/00000.m4s`
  expect(keyOf(segment, { ...asset, retired: [{ run: 'd'.repeat(32), untilMs: 1 }] })).toBe(PREFIX + segment)
})

test.each([
  ['HLS', 'm3u8', 'application/vnd.apple.mpegurl', 'revalidate', ['index.m3u8', `${RUN}_1/init.mp4`]],
  ['DASH', 'mpd', 'application/dash+xml', 'revalidate', ['index.mpd', `${RUN}_1/init.mp4`]],
  ['MP4', 'mp4', 'video/mp4', 'revalidate', []],
  ['MP3', 'mp3', 'audio/mpeg', 'revalidate', []],
  ['ADTS', 'aac', 'audio/aac', 'revalidate', []],
] as const)('of %s nothing is served but what it is made of', (format, ending, contentType, caching, more) => {
  const file = `${RUN}_1_2X2_1_0.${ending}`
  const made = [{ ...rendition, format, playlist: file }]
  const resolve = (name: string) => resolvePath(asset, made, { path: `play_video/${name}`, serviceBucket: 'vod' })
  expect(resolve(file)).toMatchObject({ contentType, caching })
  const others = ['index.m3u8', 'index.mpd', `${RUN}_1/init.mp4`, `${RUN}_2/00000.m4s`]
  expect(others.filter((name) => resolve(name))).toEqual(more)
})

import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import type { Asset } from '../catalog/asset.ts'
import type { SourceMedia } from '../catalog/media.ts'
import type { Rendition } from '../catalog/rendition.ts'
import type { AssetId, ProjectId } from '../shared/ids.ts'
import { PermanentFailure } from '../shared/task.ts'
import { adoptedSource } from './adopted-source.ts'

const assetId = 'a'.repeat(32) as AssetId
const media: SourceMedia = { container: 'mpegts', durationMs: 4000, bitRateKbps: 1, audioStreams: 0 }
const asset: Asset = {
  ...{ id: assetId, projectId: 'b'.repeat(32) as ProjectId, createdAt: new Date(0), modifiedAt: new Date(0), tags: [] },
  ...{ title: 'show', videoType: 'HLS', videoName: 'all.m3u8', sourcePath: 'play_video/index.m3u8', options: {} },
  source: { bucket: 'studio', key: 'show/all.m3u8', sizeBytes: 1, etag: 'e' },
  output: { bucket: 'studio', path: 'show' },
  ...{ published: true, publishWhenReady: true, ingest: { state: 'created' }, transcode: { state: 'none' } },
  ...{ snapshots: { state: 'none' }, sourceRemoved: false, media },
}

const playlist = (...lines: readonly string[]) =>
  ['#EXTM3U', '#EXT-X-TARGETDURATION:2', ...lines, '#EXT-X-ENDLIST'].join('\n')
const segments = (...uris: readonly string[]) => uris.flatMap((uri) => ['#EXTINF:2,', uri])
const MASTER = [
  ...['#EXTM3U', '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="s",NAME="n",URI="sound/i.m3u8"'],
  ...[
    '#EXT-X-STREAM-INF:BANDWIDTH=9,AUDIO="s"',
    'small/i.m3u8',
    '#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO="s"',
    'big/i.m3u8',
  ],
].join('\n')
/** The pictures are one file with a header, the sound is three files. */
const SHOW = {
  'all.m3u8': MASTER,
  'small/i.m3u8': playlist(...segments('0.ts', '1.ts')),
  'big/i.m3u8': playlist(
    ...['#EXT-X-MAP:URI="f.mp4",BYTERANGE="10@0"', '#EXTINF:2,', '#EXT-X-BYTERANGE:20@10', 'f.mp4'],
    ...['#EXTINF:2,', '#EXT-X-BYTERANGE:30', 'f.mp4'],
  ),
  'big/f.mp4': 'x'.repeat(60),
  'sound/i.m3u8': playlist(...segments('0.aac', '1.aac', '0.aac')),
  ...{ 'sound/0.aac': 'four', 'sound/1.aac': 'seventh', 'small/0.ts': 'ts', 'small/1.ts': 'ts' },
}

interface Present {
  readonly state?: Asset
  /** By path; those of all files when the stream was adopted are `e`. */
  readonly etags?: Readonly<Record<string, string>>
  readonly granted?: boolean
}

const sourceOf = (
  contents: Readonly<Record<string, string>>,
  { state = asset, etags = {}, granted = true }: Present = {},
) => {
  const textOf = ({ key }: { readonly key: string }) => contents[key.slice('show/'.length)]
  const rendition = (path: string) =>
    ({ format: 'HLS', playlist: path === 'all.m3u8' ? 'index.m3u8' : path }) as Rendition
  const best = 'big/i.m3u8' in contents ? ['big/i.m3u8', 'small/i.m3u8'] : ['all.m3u8']
  const deps = {
    reader: {
      adoptedFiles: async () => Object.keys(contents).map((path) => ({ path, etag: 'e', contentType: 'video/mp2t' })),
      renditions: async () => new Map([[assetId, best.map(rendition)]]),
    },
    store: {
      head: async (object: { readonly key: string }) => {
        const text = textOf(object)
        const etag = etags[object.key.slice('show/'.length)] ?? 'e'
        return text === undefined ? undefined : { sizeBytes: text.length, etag, modifiedAt: new Date(0) }
      },
      read: async (object: { readonly key: string }) => Readable.from([Buffer.from(textOf(object) ?? '')]),
    },
    grants: { isGranted: async () => granted },
    serviceBucket: 'vod',
  }
  return adoptedSource(deps, { asset: state, signal: new AbortController().signal })
}

const shown = ({ pieces }: { readonly pieces: readonly { object: { key: string }; range: object }[] }) =>
  pieces.map(({ object, range }) => [object.key, range])

test('the best variant is one file behind its header, and its sound that lies apart another', async () => {
  const { picture, sound, leftOut } = await sourceOf(SHOW)
  expect(leftOut).toEqual([])
  expect([picture.sizeBytes, shown(picture)]).toEqual([
    60,
    [
      ['show/big/f.mp4', { start: 0, end: 9 }],
      ['show/big/f.mp4', { start: 10, end: 29 }],
      ['show/big/f.mp4', { start: 30, end: 59 }],
    ],
  ])
  expect(sound && [sound.sizeBytes, shown(sound)]).toEqual([
    15,
    [
      ['show/sound/0.aac', { start: 0, end: 3 }],
      ['show/sound/1.aac', { start: 0, end: 6 }],
      ['show/sound/0.aac', { start: 0, end: 3 }],
    ],
  ])
})

test('of several sounds that lie apart it is the one that players choose', async () => {
  const comments = '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="s",NAME="c",URI="c.m3u8"\n#EXT-X-MEDIA:'
  const master = MASTER.replace('#EXT-X-MEDIA:', comments).replace('NAME="n"', 'NAME="n",DEFAULT=YES')
  const source = await sourceOf({ ...SHOW, 'all.m3u8': master, 'c.m3u8': playlist(...segments('sound/1.aac')) })
  expect(source.sound && shown(source.sound)[0]).toEqual(['show/sound/0.aac', { start: 0, end: 3 }])
  expect(source.leftOut).toEqual(['c.m3u8'])
})

test('sound that lies in the variant, too, is not taken twice', async () => {
  const source = await sourceOf(SHOW, { state: { ...asset, media: { ...media, audioStreams: 1 } } })
  expect(source).not.toHaveProperty('sound')
  expect(source.leftOut).toEqual(['sound/i.m3u8'])
})

test('a playlist without a master is its own variant', async () => {
  const { picture } = await sourceOf({ 'all.m3u8': playlist(...segments('0.ts')), '0.ts': 'ts' })
  expect(shown(picture)).toEqual([['show/0.ts', { start: 0, end: 1 }]])
})

const broken = (...lines: readonly string[]) => ({ 'all.m3u8': playlist(...lines), '0.ts': 'ts', '1.ts': 'ts' })
test.each([
  [
    'times that begin anew',
    broken(...segments('0.ts'), '#EXT-X-DISCONTINUITY', ...segments('1.ts')),
    {},
    /DISCONTINUITY/,
  ],
  [
    'another header',
    broken('#EXT-X-MAP:URI="0.ts"', ...segments('1.ts'), '#EXT-X-MAP:URI="1.ts"', ...segments('1.ts')),
    ...[{}, /EXT-X-MAP changes/],
  ],
  ['another segment', SHOW, { etags: { 'big/f.mp4': 'f' } }, /^big\/f.mp4 is not the file that was adopted/],
  ['another playlist', SHOW, { etags: { 'sound/i.m3u8': 'f' } }, /^sound\/i.m3u8 is not the file/],
  ['another master', SHOW, { etags: { 'all.m3u8': 'f' } }, /^all.m3u8 is not the file/],
  ['a bucket that was taken back', SHOW, { granted: false }, /may not use the bucket studio/],
] as const)('%s ends it for good, and is named', async (_, contents, present, reason) => {
  const failure = await sourceOf(contents, present).catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(PermanentFailure)
  expect(String(failure)).toMatch(new RegExp(reason.source.replace('^', 'PermanentFailure: ')))
})

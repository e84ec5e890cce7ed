import { expect, test } from 'vitest'
import { parseSourcePath, sourceFileOf } from './source-stream.ts'

test('the files of a source have names of their own, and its indexes those of renditions', () => {
  const run = 'a'.repeat(32)
  expect(
    ['index.m3u8', 'index.mpd', 'source_audio.m3u8', `${run}_source_video/init.mp4`, 'source_video/00012.m4s'].map(
      (file) => parseSourcePath(`play_video/${file}`),
    ),
  ).toEqual([
    { type: 'index', format: 'HLS' },
    { type: 'index', format: 'DASH' },
    { type: 'playlist', kind: 'audio' },
    { type: 'init', kind: 'video', run },
    { type: 'segment', kind: 'video', index: 12 },
  ])
})

test.for([
  ...[
    'source_video',
    'source_video/',
    'source_video/1.m4s',
    'source_video/000012.m4s',
    'source_video/0000012.m4s',
    'source_video/00012.mp4',
  ],
  ...[
    'source_text.m3u8',
    'SOURCE_video.m3u8',
    'x_source_video.m3u8',
    'source_video/../index.m3u8',
    'source_video.m3u8/',
  ],
])('%s is none of them', (file) => {
  expect(parseSourcePath(`play_video/${file}`)).toBeUndefined()
})

test('once an asset was transcoded, the indexes mean renditions or nothing; players that are under way go on', () => {
  const seen = (['running', 'succeeded'] as const).map((state) =>
    ['index.m3u8', 'index.mpd', 'source_video.m3u8', 'source_video/00000.m4s'].map(
      (file) => sourceFileOf({ transcode: { state } }, `play_video/${file}`)?.type,
    ),
  )
  expect(seen).toEqual([
    ['index', 'index', 'playlist', 'segment'],
    [undefined, undefined, 'playlist', 'segment'],
  ])
})

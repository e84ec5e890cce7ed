import { expect, test } from 'vitest'
import { parsePreviewPath } from './preview-stream.ts'

const RUN = 'a'.repeat(32)
const parsed = (file: string) => parsePreviewPath(`play_video/${file}`)

test('the files of a preview have the names of a run, and its indexes those of renditions', () => {
  expect(
    ['index.m3u8', 'index.mpd', `${RUN}_1.m3u8`, `${RUN}_audio/init.mp4`, `${RUN}_1/00012.m4s`].map(parsed),
  ).toEqual([
    { type: 'index', format: 'HLS' },
    { type: 'index', format: 'DASH' },
    { type: 'playlist', run: RUN, kind: 'video' },
    { type: 'init', run: RUN, kind: 'audio' },
    { type: 'segment', run: RUN, kind: 'video', index: 12 },
  ])
})

test.for([`${RUN}_2.m3u8`, `${RUN}_audio2/init.mp4`, `${RUN}_1/12.m4s`, `${RUN}_1/000012.m4s`, 'x_1/00012.m4s'])(
  '%s is none of them',
  (file) => {
    expect(parsed(file)).toBeUndefined()
  },
)

import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { derive } from '../support/media.ts'
import { pictures, srt, subtitledClip, type Track } from '../support/subtitles.ts'
import { never, Workbench } from './workbench.ts'

let bench: Workbench
beforeAll(async () => {
  bench = await Workbench.open()
})
afterAll(() => bench[Symbol.asyncDispose]())

const english: Track = { text: srt('word', 2), extension: 'srt', codec: 'subrip', language: 'eng', title: 'For all' }
const chinese: Track = { text: srt('你好', 1), extension: 'srt', codec: 'ass', language: 'chi' }
const CUES = [
  { startMs: 1000, endMs: 1500, text: 'word 1', settings: '' },
  { startMs: 2000, endMs: 2500, text: 'word 2', settings: '' },
]

/** Silent: the priming of sound would put off all that lies with it by some milliseconds. */
const args = ['-an', '-vf', 'scale=320:180', '-c:v', 'libx264', '-preset', 'ultrafast']

const extracted = async (file: string | Buffer) => {
  const source = typeof file === 'string' ? await bench.put(file) : await bench.putBytes('changed.mkv', file)
  const media = await bench.tool.probe(source, never)
  const streams = (media.subtitles ?? []).filter(({ codec }) => !codec.startsWith('hdmv')).map(({ stream }) => stream)
  const options = { signal: never, onProgress: () => undefined }
  return { media, cues: await bench.tool.extractSubtitles(source, { streams, durationMs: media.durationMs }, options) }
}

test('a probe names every subtitle track, with codec, language and title', async () => {
  const file = await subtitledClip([english, pictures, chinese], { seconds: 3, args, extension: 'mkv' })
  expect((await bench.probe(file)).subtitles).toEqual([
    { stream: 1, codec: 'subrip', language: 'en', title: 'For all' },
    { stream: 2, codec: 'hdmv_pgs_subtitle', language: 'de' },
    { stream: 3, codec: 'ass', language: 'zh' },
  ])
})

test('text tracks of Matroska become WebVTT, all in one run', async () => {
  const { cues } = await extracted(
    await subtitledClip([english, pictures, chinese], { seconds: 3, args, extension: 'mkv' }),
  )
  expect(cues).toEqual([CUES, [{ startMs: 1000, endMs: 1500, text: '你好 1', settings: '' }]])
})

test('so do those of MP4', async () => {
  const { media, cues } = await extracted(
    await subtitledClip([{ ...english, codec: 'mov_text' }], { seconds: 3, args, extension: 'mp4' }),
  )
  expect(media.subtitles).toEqual([{ stream: 1, codec: 'mov_text', language: 'en' }])
  expect(cues).toEqual([CUES])
})

test('their times are those of the picture, wherever the clock of the file begins', async () => {
  const { cues } = await extracted(
    await subtitledClip([english], { seconds: 3, args, extension: 'mkv', offsetSeconds: 10 }),
  )
  expect(cues).toEqual([CUES])
})

test('so they are where cues come before the picture: none of these is seen, and no other is moved', async () => {
  const film = await subtitledClip([{ ...english, text: srt('word', 5) }], { seconds: 3, args, extension: 'mkv' })
  const late = ['-itsoffset', '3.25', '-i', film, '-i', film, '-map', '0:v', '-map', '1:s', '-c', 'copy']
  const { cues } = await extracted(await derive(late, 'mkv'))
  expect(cues).toEqual([
    [
      { startMs: 0, endMs: 250, text: 'word 3', settings: '' },
      { startMs: 750, endMs: 1250, text: 'word 4', settings: '' },
      { startMs: 1750, endMs: 2250, text: 'word 5', settings: '' },
    ],
  ])
})

test.each(['subrip', 'ass'])(
  'a cue of %s without length, and one with an arrow, cost the others nothing',
  async (codec) => {
    const odd = '1\n00:00:01,500 --> 00:00:01,500\nunseen\n\n2\n00:00:01,700 --> 00:00:01,900\nto --> there\n\n'
    const { cues } = await extracted(
      await subtitledClip([{ ...english, text: odd + srt('word', 2), codec }], { seconds: 3, args, extension: 'mkv' }),
    )
    const [first, last] = CUES
    expect(cues).toEqual([[first, { startMs: 1700, endMs: 1900, text: 'to --&gt; there', settings: '' }, last]])
  },
)

test('a damaged packet costs its own cue, and no other track', async () => {
  const bytes = await readFile(await subtitledClip([english, chinese], { seconds: 3, args, extension: 'mkv' }))
  const at = bytes.indexOf('word 1')
  expect(at).toBeGreaterThan(0)
  const { cues } = await extracted(Buffer.concat([bytes.subarray(0, at), Buffer.from([0xff]), bytes.subarray(at + 1)]))
  expect(cues.map((track) => track.map(({ text }) => text))).toEqual([['word 2'], ['你好 1']])
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import { cuesOf } from '../../src/core/processing/added-subtitles.ts'
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

const extracted = async (file: string) => {
  const source = await bench.put(file)
  const media = await bench.tool.probe(source, never)
  const streams = (media.subtitles ?? []).filter(({ codec }) => !codec.startsWith('hdmv')).map(({ stream }) => stream)
  const options = { signal: never, onProgress: () => undefined }
  const texts = await bench.tool.extractSubtitles(source, { streams, durationMs: media.durationMs }, options)
  return { media, cues: texts.map((text) => cuesOf(text, 'VTT')) }
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

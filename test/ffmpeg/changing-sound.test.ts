import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SourceAudio } from '../../src/core/catalog/media.ts'
import { someOf } from '../support/cases.ts'
import { ffmpegPath, missingSystemFfmpeg, SYSTEM_FFMPEG } from '../support/ffmpeg.ts'
import { derive } from '../support/media.ts'
import { packetTimes, pitches } from './measured.ts'
import { joined, never, Workbench } from './workbench.ts'

interface Part {
  readonly codec: string
  readonly form: readonly string[]
  /** How much later than the picture its sound begins. */
  readonly lateSeconds?: number
}

const SECONDS = 3
const STEREO = ['-ac', '2', '-ar', '48000']
const SURROUND = ['-ac', '6', '-ar', '48000']
const SLOWER = ['-ac', '2', '-ar', '44100']

/** Parts of three seconds behind one another, as in a broadcast; each with a tone of 1 kHz to its end. */
const broadcast = async (parts: readonly Part[], extension = 'ts'): Promise<string> => {
  const files = parts.map(({ codec, form, lateSeconds = 0 }, n) => {
    const picture = ['-f', 'lavfi', '-i', `testsrc=s=64x64:r=25:d=${SECONDS}`]
    const tone = [
      '-itsoffset',
      String(lateSeconds),
      '-f',
      'lavfi',
      '-i',
      `sine=f=1000:r=48000:d=${SECONDS - lateSeconds}`,
    ]
    const codecs = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '25', '-c:a', codec, ...form]
    return derive([...picture, ...tone, ...codecs, '-output_ts_offset', String(n * SECONDS)], 'ts')
  })
  return derive(['-i', `concat:${(await Promise.all(files)).join('|')}`, '-c', 'copy'], extension)
}

/** Quarters of a second; those in which something begins or ends are left out. */
const heard = (all: readonly number[], from: number, to: number): ReadonlySet<number> =>
  new Set(all.slice(from * 4 + 1, to * 4 - 1).map((pitch) => Math.round(pitch / 20) * 20))

const TONE = new Set([1000])
const SILENCE = new Set([0])

describe.each([
  ['the packaged FFmpeg', ffmpegPath],
  ['the FFmpeg of the system', async () => SYSTEM_FFMPEG],
])('a source that changes its sound on the way, with %s', (name, path) => {
  const isMissing = name !== 'the packaged FFmpeg' && missingSystemFfmpeg() !== undefined
  let bench: Workbench
  beforeAll(async () => {
    if (!isMissing) bench = await Workbench.open({ ffmpegPath: await path() })
  })
  afterAll(() => bench?.[Symbol.asyncDispose]())

  const CHANGES = [
    ['AC-3 from 2.0 to 5.1', 'ac3', [STEREO, SURROUND]],
    ['AAC that changes again and again', 'aac', [STEREO, SURROUND, SLOWER, STEREO, SLOWER, SURROUND]],
    ['AC-3 from 5.1 to 2.0', 'ac3', [SURROUND, STEREO]],
    ['AAC from 2.0 to 5.1', 'aac', [STEREO, SURROUND]],
    ['AAC from 48 to 44.1 kHz', 'aac', [STEREO, SLOWER]],
  ] as const
  test.skipIf(isMissing).each(someOf(CHANGES, 2))('is heard to its end: %s', async (_, codec, forms) => {
    const parts = forms.map((form) => ({ codec, form }))
    const { audio = Buffer.alloc(0), report } = await bench.encode(await broadcast(parts))
    expect(report.complaints).toEqual([])
    const all = await pitches(audio)
    const spans = parts.map((_, n) => heard(all, n * SECONDS, (n + 1) * SECONDS))
    expect(spans).toEqual(parts.map(() => TONE))
    expect(Math.abs(all.length / 4 - parts.length * SECONDS)).toBeLessThan(0.5)
  })

  test.skipIf(isMissing)('has silence where it has no sound, at its beginning and at the change', async () => {
    const parts = [
      { codec: 'ac3', form: STEREO, lateSeconds: 1 },
      { codec: 'ac3', form: SURROUND, lateSeconds: 1 },
    ]
    const { audio = Buffer.alloc(0) } = await bench.encode(await broadcast(parts))
    const all = await pitches(audio)
    const spans = [heard(all, 0, 1), heard(all, 1, 3), heard(all, 3, 4), heard(all, 4, 6)]
    expect(spans).toEqual([SILENCE, TONE, SILENCE, TONE])
    const times = (await packetTimes(audio)).map(({ decodeSeconds }) => decodeSeconds)
    const steps = new Set(times.slice(1).map((time, n) => Math.round((time - (times[n] ?? 0)) * 48_000)))
    expect(steps).toEqual(new Set([1024]))
  })

  test.skipIf(isMissing)('is extracted to its end, with silence for what is not there', async () => {
    const file = await broadcast([
      { codec: 'ac3', form: STEREO },
      { codec: 'ac3', form: SURROUND, lateSeconds: 1 },
    ])
    const source = await bench.put(file)
    const { audio, durationMs } = await bench.tool.probe(source, never)
    const plan = { audio: audio as SourceAudio, durationMs, format: 'AAC', copied: false } as const
    let bytes: Buffer = Buffer.alloc(0)
    const report = await bench.tool.extractAudio(source, plan, {
      signal: never,
      onProgress: () => undefined,
      consume: async (all) => {
        bytes = await joined(all)
      },
    })
    expect(report).toEqual({ durationMs: expect.any(Number), complaints: [] })
    expect(Math.abs(report.durationMs - 6000)).toBeLessThan(50)
    const all = await pitches(bytes)
    expect([heard(all, 0, 3), heard(all, 3, 4), heard(all, 4, 6)]).toEqual([TONE, SILENCE, TONE])
  })
})

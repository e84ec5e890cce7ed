import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TranscodeSettings } from '../../src/core/catalog/transcode-settings.ts'
import type { EncodePlan } from '../../src/core/processing/encode-plan.ts'
import { planEncode } from '../../src/core/processing/ladder.ts'
import { passThrough } from '../../src/core/processing/pass-through.ts'
import { someOf, thorough } from '../support/cases.ts'
import { clip, derive } from '../support/media.ts'
import { never, Workbench } from './workbench.ts'

let bench: Workbench
beforeAll(async () => {
  bench = await Workbench.open()
})
afterAll(() => bench[Symbol.asyncDispose]())

const SIZE = ['-vf', 'scale=480:270,setsar=1', '-pix_fmt', 'yuv420p', '-c:a', 'aac', '-ac', '2']
const RATE = ['-b:v', '250k', '-maxrate', '300k', '-bufsize', '300k']
const GOP = ['-g', '24', '-keyint_min', '24', '-sc_threshold', '0']
const X264 = [...SIZE, '-c:v', 'libx264', '-preset', 'veryfast']
const FITTING = [...X264, ...RATE, ...GOP]

const OF_SOURCE_SIZE = { quality: 'FLUENT', width: 480, height: 270, bitrateKbps: 300, frameRate: 0 } as const

const settings = (format: 'HLS' | 'DASH_HLS', more: Partial<TranscodeSettings> = {}): TranscodeSettings => ({
  outputs: [
    [480, 270],
    [320, 180],
  ].map(([width = 0, height = 0]) => ({
    format,
    video: { ...OF_SOURCE_SIZE, width, height },
  })),
  ...{ segmentSeconds: 2, videoCodec: 'h264', audioCodec: 'aac', ...more },
})

const passed = async (file: string, asked: TranscodeSettings): Promise<EncodePlan> => {
  const source = await bench.put(file)
  const plan = planEncode(await bench.tool.probe(source, never), asked)
  return passThrough({ media: bench.tool, source, plan, signal: never })
}

/** How the rungs of a file are made. */
const rates = async (file: string, asked: TranscodeSettings = settings('DASH_HLS')): Promise<readonly string[]> => {
  const { rungs } = await passed(file, asked)
  return rungs.map(({ width, copied }) => `${width} ${copied ? 'copied' : 'encoded'}`)
}

const COPIED = ['480 copied', '320 encoded']
const ENCODED = ['480 encoded', '320 encoded']

test('a source that is what a rung is to become is passed through; the rungs below it are encoded', async () => {
  for (const extension of someOf(['mp4', 'mkv', 'ts'])) {
    expect(await rates(await clip({ seconds: 5, args: FITTING, extension }))).toEqual(COPIED)
  }
})

test('alone, it is decoded once before it passes', async () => {
  const alone = { ...settings('HLS'), outputs: settings('HLS').outputs.slice(0, 1) }
  expect(await rates(await clip({ seconds: 5, args: FITTING }), alone)).toEqual(['480 copied'])
})

test('what is copied anyway is not tried', async () => {
  const plan = await passed(await clip({ seconds: 5, args: FITTING }), settings('DASH_HLS'))
  const refuse = () => Promise.reject(new Error('it was tried'))
  const source = await bench.put(await clip({ seconds: 5, args: FITTING }))
  expect(await passThrough({ media: { encode: refuse, decode: refuse }, source, plan, signal: never })).toBe(plan)
})

test('rungs that would be copies of one another are one, and so are their outputs', async () => {
  const asked = settings('DASH_HLS')
  const better = { format: 'HLS', video: { ...OF_SOURCE_SIZE, bitrateKbps: 400 } } as const
  const wanted = { ...asked, outputs: [better, ...asked.outputs] }
  const { rungs, outputs } = await passed(await clip({ seconds: 5, args: FITTING }), wanted)
  expect(rungs.map(({ width, copied }) => `${width} ${copied ? 'copied' : 'encoded'}`)).toEqual(COPIED)
  expect(outputs.map(({ format, rung }) => `${format} ${rung}`)).toEqual(['HLS 0', 'HLS 1', 'DASH 0', 'DASH 1'])
})

test.each([
  ['another codec', ['-c:v', 'mpeg4', ...SIZE, ...RATE]],
  [
    'H.265 where H.264 is wanted',
    [...SIZE, '-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=error'],
  ],
  ['more bits', [...X264, ...GOP, '-b:v', '900k']],
  ['ten bits a sample', [...FITTING, '-pix_fmt', 'yuv420p10le']],
  ['another size', [...FITTING, '-vf', 'scale=482:270,setsar=1']],
  ['pixels that are not square', [...FITTING, '-vf', 'scale=480:270,setsar=4/3']],
  ['keyframes too far apart', [...X264, ...RATE, '-g', '250', '-keyint_min', '250', '-sc_threshold', '0']],
  [
    'open groups of pictures',
    [...X264, ...RATE, '-x264-params', 'open-gop=1:keyint=24:min-keyint=1:scenecut=0:bframes=3'],
  ],
])('%s is encoded', async (_, args) => {
  const file = await clip({ seconds: 5, args })
  expect((await rates(file, settings('HLS'))).some((rung) => rung.endsWith('copied'))).toBe(false)
})

thorough('H.265 passes where it is wanted, closed groups of pictures alone', async () => {
  const x265 = (openGop: 0 | 1) => [
    ...[...SIZE, ...RATE, '-c:v', 'libx265', '-preset', 'ultrafast', '-tag:v', 'hvc1', '-x265-params'],
    `log-level=error:keyint=24:min-keyint=24:scenecut=0:bframes=2:open-gop=${openGop}`,
  ]
  const asked = settings('HLS', { videoCodec: 'h265' })
  expect(await rates(await clip({ seconds: 5, args: x265(0) }), asked)).toEqual(COPIED)
  expect(await rates(await clip({ seconds: 5, args: x265(1) }), asked)).toEqual(ENCODED)
})

test('keyframes beside the grid pass for HLS, and not beside other tracks of DASH', async () => {
  const uneven = await clip({
    ...{ seconds: 5, args: [...X264, ...RATE, '-g', '60', '-keyint_min', '60', '-sc_threshold', '0'] },
  })
  expect(await rates(uneven, settings('HLS'))).toEqual(COPIED)
  expect(await rates(uneven, settings('DASH_HLS'))).toEqual(ENCODED)
})

test('a header that changes on the way is seen where all decodes behind the first one, too', async () => {
  const part = (args: readonly string[]) =>
    clip({ seconds: 2, args: [...FITTING, '-bf', '0', ...args], extension: 'ts' })
  const joined = async (args: readonly string[]) => {
    const second = await part(['-output_ts_offset', '2', ...args])
    const copy = ['-c', 'copy', '-bsf:v', 'extract_extradata=remove=1', '-bsf:a', 'aac_adtstoasc']
    return derive(['-i', `concat:${await part([])}|${second}`, ...copy], 'flv')
  }
  expect(await rates(await joined([]), settings('HLS'))).toEqual(COPIED)
  expect(await rates(await joined(['-bsf:v', 'h264_metadata=crop_bottom=16']), settings('HLS'))).toEqual(ENCODED)
})

test('what an edit list hides does not come to light', async () => {
  const whole = await clip({ seconds: 5, args: FITTING })
  const cut = await derive(['-ss', '0.5', '-i', whole, '-c', 'copy'], 'mp4')
  expect(await rates(cut, settings('HLS'))).toEqual(ENCODED)
})

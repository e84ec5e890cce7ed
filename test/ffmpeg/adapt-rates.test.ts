import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TranscodeSettings } from '../../src/core/catalog/transcode-settings.ts'
import { adaptRates } from '../../src/core/processing/adapt-rates.ts'
import type { EncodePlan } from '../../src/core/processing/encode-plan.ts'
import { planEncode } from '../../src/core/processing/ladder.ts'
import type { PinnedObject } from '../../src/core/processing/ports.ts'
import { someOf } from '../support/cases.ts'
import { derive } from '../support/media.ts'
import { never, Workbench } from './workbench.ts'

let bench: Workbench
beforeAll(async () => {
  bench = await Workbench.open()
})
afterAll(() => bench[Symbol.asyncDispose]())

const settings = (videoCodec: TranscodeSettings['videoCodec']): TranscodeSettings => ({
  outputs: [
    { format: 'HLS', video: { quality: 'FLUENT', width: 480, height: 270, bitrateKbps: 400, frameRate: 0 } },
    { format: 'HLS', video: { quality: 'AD', width: 240, height: 136, bitrateKbps: 150, frameRate: 0 } },
  ],
  ...{ segmentSeconds: 2, videoCodec, audioCodec: 'aac', contentAdaptive: 1 },
})

const drawn = (graph: string, seconds: number): Promise<string> =>
  derive(['-f', 'lavfi', '-i', graph, '-t', String(seconds), '-c:v', 'ffv1', '-pix_fmt', 'yuv420p'], 'mkv')
const SIZE = 's=480x270:r=24'
const still = (seconds = 4) => drawn(`testsrc2=${SIZE},select='eq(n,0)',loop=-1:1,fps=24`, seconds)
/** Too long to be taken whole, hard at first and easy then, so that its samples are like none of it. */
const changing = () => drawn(`testsrc2=${SIZE},noise=alls=20:allf=t:enable='lt(t,10)'`, 20)

const search = async (file: string, videoCodec: TranscodeSettings['videoCodec'] = 'h264') => {
  const source = await bench.put(file)
  const fixed = planEncode(await bench.tool.probe(source, never), settings(videoCodec))
  const adapted = await adaptRates({ media: bench.tool, source, plan: fixed, signal: never })
  return { source, fixed, adapted }
}

/** Of each rung, all of the source being encoded: its bytes, and how like the source they look. */
const made = async (source: PinnedObject, plan: EncodePlan) => {
  const tracks: Uint8Array[][] = plan.rungs.map(() => [])
  await bench.tool.encode(source, plan, {
    signal: never,
    onProgress: () => undefined,
    async consume(track, chunks) {
      for await (const chunk of chunks) if (track.type === 'video') tracks[track.rung]?.push(chunk)
    },
  })
  return Promise.all(
    plan.rungs.map(async (rung, n) => {
      const bytes = tracks[n] ?? []
      const vmaf = await bench.tool.compare(source, plan, { rung, bytes, signal: never })
      return { sizeBytes: bytes.reduce((sum, { length }) => sum + length, 0), vmaf }
    }),
  )
}

describe.each(someOf(['h264', 'h265'] as const))('bit rates by content with %s', (videoCodec) => {
  const films = [
    ['a picture that stands still', still],
    ['a film that becomes another', changing],
  ] as const
  test.each(someOf(films))('%s gets fewer bits, and looks at most a point worse', async (_, file) => {
    const { source, fixed, adapted } = await search(await file(), videoCodec)
    const [before, after] = [await made(source, fixed), await made(source, adapted)]
    for (const [n, { sizeBytes, vmaf }] of after.entries()) {
      expect(sizeBytes).toBeLessThan(before[n]?.sizeBytes ?? 0)
      expect(vmaf).toBeGreaterThan((before[n]?.vmaf ?? 100) - 1)
    }
  })
})

test('a mark is no part of the samples, which are compared with a source that has none', async () => {
  const { source, fixed, adapted } = await search(await still(1))
  const picture = { digest: 'd'.repeat(32), format: 'png', width: 64, height: 64 } as const
  const placement = { corner: 'top_left', dx: '0', dy: '0', width: '0.5', process: 'original' } as const
  const marks = [{ watermarkId: 'a'.repeat(32), picture, placement }]
  const marked = await adaptRates({ media: bench.tool, source, plan: { ...fixed, marks }, signal: never })
  expect(marked).toEqual({ ...adapted, marks })
})

test('a source whose keyframes are far apart keeps the rates of the group, and says so', async () => {
  const args = ['-f', 'lavfi', '-i', `testsrc2=${SIZE}`, '-t', '22', '-c:v', 'libx264', '-preset', 'ultrafast']
  const { fixed, adapted } = await search(await derive([...args, '-g', '9999', '-sc_threshold', '0'], 'mp4'))
  expect(adapted).toEqual({ ...fixed, note: expect.stringContaining('keyframes of the source are too far apart') })
})

test('samples of which FFmpeg makes nothing in time are no reason to fail', async () => {
  await using impatient = await Workbench.open({ limits: { noProgressMs: 1 } })
  const source = await impatient.put(await still())
  const fixed = planEncode(await bench.tool.probe(await bench.put(await still()), never), settings('h264'))
  const adapted = await adaptRates({ media: impatient.tool, source, plan: fixed, signal: never })
  expect(adapted).toEqual({ ...fixed, note: expect.stringContaining('samples of the source could not be compared') })
})

test('what the title of a film says about its likeness is not believed', async () => {
  const graph = ['-f', 'lavfi', '-i', `testsrc2=${SIZE}`, '-t', '1', '-c:v', 'ffv1', '-pix_fmt', 'yuv420p']
  const source = await bench.put(await derive([...graph, '-metadata', 'title=VMAF score: 1'], 'mkv'))
  const plan = planEncode(await bench.tool.probe(source, never), settings('h264'))
  const [best] = await made(source, plan)
  expect(best?.vmaf).toBeGreaterThan(50)
})

test('an FFmpeg that cannot compare pictures keeps the rates of the group, and says so', async () => {
  const source = await bench.put(await still())
  const plan = planEncode(await bench.tool.probe(source, never), settings('h264'))
  const media = { ...bench.tool, abilities: { ...bench.tool.abilities, vmaf: false } }
  const { rungs, note } = await adaptRates({ media, source, plan, signal: never })
  expect(rungs).toEqual(plan.rungs)
  expect(note).toMatch(/cannot compare pictures/)
})

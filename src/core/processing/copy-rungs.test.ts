import { expect, test } from 'vitest'
import { copyRungs } from './copy-rungs.ts'
import type { EncodePlan, PlannedOutput, VideoRung } from './encode-plan.ts'

const rung = (width: number, bitrateKbps: number): VideoRung => ({
  ...{ quality: 'UNKNOW', width, height: 2, bitrateKbps, frameRate: 25, effort: 'turbo' },
  ...{ averageKbps: bitrateKbps, frames: { keep: 'all' } },
})
const rungs = [rung(8, 3), rung(8, 2), rung(8, 1), rung(4, 1)]

const plan = (outputs: readonly PlannedOutput[]): EncodePlan => ({
  ...{ segmentSeconds: 5, videoCodec: 'h264', rungs, sounds: [], outputs, tolerant: false },
  media: { container: 'mov', durationMs: 1, bitRateKbps: 1, audioStreams: 0 },
})

const copying = (which: readonly number[], outputs: readonly PlannedOutput[] = []) => {
  const made = copyRungs(
    plan(outputs),
    rungs.filter((_, at) => which.includes(at)),
  )
  return {
    rungs: made.rungs.map(
      ({ width, bitrateKbps, copied }) => `${width}@${bitrateKbps} ${copied ? 'copied' : 'encoded'}`,
    ),
    outputs: made.outputs,
  }
}

test('of rungs with the same packets the first stays', () => {
  expect(copying([]).rungs).toEqual(['8@3 encoded', '8@2 encoded', '8@1 encoded', '4@1 encoded'])
  expect(copying([1]).rungs).toEqual(['8@3 encoded', '8@2 copied', '8@1 encoded', '4@1 encoded'])
  expect(copying([0, 1]).rungs).toEqual(['8@3 copied', '8@1 encoded', '4@1 encoded'])
})

test('outputs follow the rung that stayed; those that differ in format or sound stay two', () => {
  const outputs: readonly PlannedOutput[] = [
    ...[0, 1, 2, 3].map((rung) => ({ format: 'HLS', rung, sound: 0 }) as const),
    ...[{ format: 'HLS', rung: 1, sound: 1 } as const, { format: 'HLS', sound: 0 } as const],
    { format: 'DASH', rung: 1, sound: 0 },
  ]
  expect(copying([0, 1], outputs).outputs).toEqual([
    ...[0, 1, 2].map((rung) => ({ format: 'HLS', rung, sound: 0 })),
    ...[
      { format: 'HLS', rung: 0, sound: 1 },
      { format: 'HLS', sound: 0 },
    ],
    { format: 'DASH', rung: 0, sound: 0 },
  ])
})

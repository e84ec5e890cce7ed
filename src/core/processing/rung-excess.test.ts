import { expect, test } from 'vitest'
import type { EncodePlan, VideoRung } from './encode-plan.ts'
import { withoutExcess } from './rung-excess.ts'
import type { StoredTrack } from './store-track.ts'

const rung = (bitrateKbps: number, more: Partial<VideoRung> = {}): VideoRung => ({
  ...{ quality: 'SD', width: 640, height: 360, bitrateKbps, averageKbps: bitrateKbps / 2, frameRate: 25 },
  ...{ frames: { keep: 'all' }, effort: 'faster', ...more },
})

/** Two seconds of so many kbit/s. */
const track = (kbps: number) =>
  ({
    timescale: 1000,
    segments: [
      { durationTicks: 1500, sizeBytes: 0 },
      { durationTicks: 500, sizeBytes: (kbps * 2000) / 8 },
    ],
  }) as unknown as StoredTrack

const planOf = (rungs: readonly VideoRung[]) => ({ rungs, segmentSeconds: 2 }) as unknown as EncodePlan
const asked = (rungs: readonly VideoRung[], made: readonly number[], encoded = rungs) =>
  withoutExcess(planOf(rungs), { plan: planOf(encoded), video: made.map(track) })?.rungs.map(
    ({ averageKbps }) => averageKbps,
  )

test('a rung that came out above its rate is asked for less by as much, and others stay', () => {
  expect(asked([rung(800), rung(300)], [799, 400])).toEqual([400, Math.floor((150 * 300 * 0.97) / 400)])
})

test('nothing is to be done where all are within their rates, or are the own packets of the source', () => {
  expect(asked([rung(800), rung(300)], [800, 299])).toBeUndefined()
  expect(asked([rung(800)], [5000], [rung(800, { copied: true })])).toBeUndefined()
})

import { expect, test } from 'vitest'
import type { EncodePart, EncodePlan } from './encode-plan.ts'
import type { EncodedPart } from './encode-runs.ts'
import { joinParts } from './join-parts.ts'
import type { StoredTrack } from './store-track.ts'

const plan = { rungs: [{}], sounds: [] } as unknown as EncodePlan
const parts: readonly EncodePart[] = [
  { type: 'rest' },
  { type: 'chunk', startSeconds: 0, endSeconds: 4 },
  { type: 'chunk', startSeconds: 4 },
]

const track = (samples: number): StoredTrack => ({
  ...{ name: '2x2', timescale: 25, container: 'cmaf', independent: true, showsAll: true, ends: [] },
  init: {
    ...{ type: 'init', kind: 'video', codec: 'avc1', timescale: 25, mediaTime: 0, width: 2, height: 2 },
    bytes: new Uint8Array(),
  },
  segments: [{ index: 0, startTicks: 0, durationTicks: samples, samples, file: 'f', sizeBytes: 1 }],
})
const chunk = (frames: number, kept: number): EncodedPart => ({
  tracks: new Map([['1', track(kept)]]),
  report: { frames, complaints: [] },
})
const rest: EncodedPart = { tracks: new Map(), report: { frames: 0, complaints: [] } }

const framesOf = (...chunks: readonly EncodedPart[]): number | undefined => {
  const joined = joinParts({ plan, parts }, [rest, ...chunks])
  return typeof joined === 'string' ? undefined : joined.report.frames
}

test('a joined film has as many frames as FFmpeg counted in its chunks, whatever their tracks hold', () => {
  expect(framesOf(chunk(101, 100), chunk(60, 60))).toBe(160)
  expect(framesOf(chunk(101, 99), chunk(60, 60))).toBe(160)
})

import { expect, test } from 'vitest'
import { cutMovie } from './cut-movie.ts'
import { type MovieTrack, tableTrack } from './movie-track.ts'

interface Shape {
  readonly samples?: number
  readonly ticks?: number
  readonly bytes?: number
  readonly startDelay?: number
  readonly offsets?: readonly number[]
  readonly syncs?: readonly number[] | 'unsaid'
}

/** 10 ticks a second. */
const trackOf = (kind: 'video' | 'audio', shape: Shape = {}): MovieTrack => {
  const { samples = 100, ticks = 1, bytes = 10, startDelay = 0, offsets = [], syncs = [0, 20, 40, 60, 80] } = shape
  return tableTrack(
    {
      ...{
        kind,
        codec: kind === 'video' ? 'avc1.640028' : 'mp4a.40.2',
        trackId: 1,
        timescale: 10,
        width: 2,
        height: 2,
      },
      ...{ language: 0, geometry: new Uint8Array(44), sampleDescriptions: new Uint8Array(), mediaTime: 0, startDelay },
    },
    {
      count: samples,
      positions: new Float64Array(samples),
      sizes: new Uint32Array(samples).fill(bytes),
      decodeTimes: Float64Array.from({ length: samples + 1 }, (_, n) => n * ticks),
      compositionOffsets: Int32Array.from({ length: samples }, (_, n) => offsets[n] ?? 0),
      ...(kind === 'video' && syncs !== 'unsaid' && { syncs: Uint32Array.from(syncs) }),
    },
  )
}

const cut = (video: Shape | undefined, audio?: Shape) =>
  cutMovie({ ...(video && { video: trackOf('video', video) }), ...(audio && { audio: trackOf('audio', audio) }) }, 5)

test('segments begin at the first keyframe at or after each multiple, and sound at the same times', () => {
  const { video, audio } = cut({}, { samples: 50, ticks: 2 })
  expect(
    video?.segments.map(({ first, end, startTicks, durationTicks }) => [first, end, startTicks, durationTicks]),
  ).toEqual([
    [0, 60, 0, 60],
    [60, 100, 60, 40],
  ])
  expect(audio?.segments.map(({ first, end }) => [first, end])).toEqual([
    [0, 30],
    [30, 50],
  ])
})

test('a late picture is shown from 0 on, and the last picture to its end', () => {
  const { video } = cut({ startDelay: 4 })
  expect(video?.segments.map(({ startTicks, durationTicks }) => [startTicks, durationTicks])).toEqual([
    [0, 64],
    [64, 40],
  ])
  const { video: reordered } = cut({ offsets: Array.from({ length: 100 }, () => 2) })
  const last = reordered?.segments.at(-1)
  expect((last?.startTicks ?? 0) + (last?.durationTicks ?? 0)).toBe(102)
})

test.for<[string, Shape | undefined, Shape | undefined, string]>([
  ['without samples', { samples: 0 }, undefined, 'empty'],
  ['that says nothing of keyframes', { syncs: 'unsaid' }, undefined, 'begin with a keyframe'],
  ['that begins without one', { syncs: [1] }, undefined, 'begin with a keyframe'],
  ['with keyframes far apart', { samples: 300 }, undefined, 'too far apart'],
  [
    'with pictures before a keyframe that need the one before it',
    { offsets: Array.from({ length: 100 }, (_, n) => (n === 61 ? -2 : 0)) },
    undefined,
    'Pictures before a keyframe',
  ],
  ['of years in one sample', undefined, { samples: 1, ticks: 2 ** 32 - 1 }, 'too long'],
  ['with segments that no memory holds', { bytes: 2 ** 25 }, undefined, 'too far apart'],
  ['whose sound begins late', {}, { startDelay: 6 }, 'begin and end together'],
  ['whose sound ends early', {}, { samples: 80 }, 'begin and end together'],
  ['whose sound goes on', {}, { samples: 1000 }, 'begin and end together'],
])('a film %s is left to the encoder', ([, video, audio, reason]) => {
  expect(() => cut(video, audio)).toThrow(reason)
})

import { expect, test } from 'vitest'
import { measureBandwidth } from './measure-bandwidth.ts'

const track = (timescale: number, segments: readonly (readonly [seconds: number, sizeBytes: number])[]) => ({
  timescale,
  segments: segments.map(([seconds, sizeBytes]) => ({ durationTicks: seconds * timescale, sizeBytes })),
})

test('the peak is the highest segment rate, the average that of all bytes', () => {
  expect(
    measureBandwidth(
      [
        track(1000, [
          [5, 500],
          [5, 1500],
          [5, 1000],
        ]),
      ],
      5,
    ),
  ).toEqual({ peak: 2400, average: 1600 })
})

test('the audio is added to the peak and to the average', () => {
  const video = track(12288, [
    [5, 1000],
    [5, 2000],
  ])
  const audio = track(48000, [
    [5, 300],
    [5, 100],
  ])
  expect(measureBandwidth([video, audio], 5)).toEqual({ peak: 3200 + 480, average: 2400 + 320 })
})

test('a short last segment with one big keyframe is no peak alone, but counts with its neighbour', () => {
  expect(
    measureBandwidth(
      [
        track(1000, [
          [5, 1000],
          [0.04, 1000],
        ]),
      ],
      5,
    ).peak,
  ).toBeCloseTo((2000 * 8) / 5.04)
})

test('a track shorter than half a target duration has its average as its peak', () => {
  expect(measureBandwidth([track(1000, [[0.04, 100]])], 5)).toEqual({ peak: 20_000, average: 20_000 })
})

import { expect, test } from 'vitest'
import { cutSegments } from './cut-segments.ts'
import type { Sample } from './sample.ts'
import type { TrackSegment } from './track-part.ts'

const KEY = 0x2000000
const OTHER = 0x1010000
const video = { kind: 'video', timescale: 1000, mediaTime: 0, startDelay: 0 } as const

/** One byte per sample, so that sizes tell where it was cut. */
const frame = (duration: number, flags = OTHER, compositionOffset = 0): Sample => ({
  sizeBytes: 1,
  duration,
  flags,
  compositionOffset,
})

const cut = (
  track: Parameters<typeof cutSegments>[0],
  segmentSeconds: number,
  runs: readonly { decodeTime: number; samples: readonly Sample[] }[],
): readonly TrackSegment[] => {
  const cutter = cutSegments(track, { segmentSeconds })
  const segments = runs.flatMap((run) => [...cutter.add(run, [new Uint8Array(run.samples.length)])])
  return [...segments, ...cutter.finish()]
}
const spans = (segments: readonly TrackSegment[]) =>
  segments.map(({ index, startTicks, durationTicks, samples }) => [index, startTicks, durationTicks, samples])

test('a scene cut inside the interval starts no segment, the first keyframe on the grid does', () => {
  const samples = [frame(500, KEY), frame(500), frame(500, KEY), frame(500), frame(500, KEY), frame(500)]
  expect(spans(cut(video, 2, [{ decodeTime: 0, samples }]))).toEqual([
    [0, 0, 2000, 4],
    [1, 2000, 1000, 2],
  ])
})

test('a keyframe one tick before the grid is on it, for it was rounded there; two ticks before it is a scene cut', () => {
  const at = (first: number) => spans(cut(video, 2, [{ decodeTime: 0, samples: [frame(first, KEY), frame(500, KEY)] }]))
  expect(at(1999)).toEqual([
    [0, 0, 1999, 1],
    [1, 1999, 500, 1],
  ])
  expect(at(1998)).toEqual([[0, 0, 2498, 2]])
})

test('an interval without a keyframe joins the one before, and indices stay without gaps', () => {
  const samples = [frame(5000, KEY), frame(1000, KEY), frame(1000, KEY)]
  expect(spans(cut(video, 2, [{ decodeTime: 0, samples }]))).toEqual([
    [0, 0, 5000, 1],
    [1, 5000, 1000, 1],
    [2, 6000, 1000, 1],
  ])
})

test('presentation decides, not decoding: the reordering delay moves no boundary', () => {
  const samples = [frame(500, KEY, 500), frame(500, OTHER, 500), frame(500, KEY, 500), frame(500, OTHER, 500)]
  expect(spans(cut({ ...video, mediaTime: 500 }, 1, [{ decodeTime: 0, samples }]))).toEqual([
    [0, 0, 1000, 2],
    [1, 1000, 1000, 2],
  ])
})

test('audio is cut at the packet that reaches the grid; its priming belongs to the first segment but is not presented', () => {
  const samples = Array.from({ length: 6 }, () => frame(400, KEY))
  expect(spans(cut({ ...video, kind: 'audio', mediaTime: 400 }, 1, [{ decodeTime: 0, samples }]))).toEqual([
    [0, 0, 1200, 4],
    [1, 1200, 800, 2],
  ])
})

test('a picture that begins late is shown from 0 on, and what follows keeps its place', () => {
  const run = (decodeTime: number) => ({ decodeTime, samples: [frame(500, KEY), frame(500, KEY)] })
  expect(spans(cut({ ...video, startDelay: 1500 }, 2, [run(0), run(1000)]))).toEqual([
    [0, 0, 2000, 1],
    [1, 2000, 1500, 3],
  ])
})

test('sound that starts late keeps its place and the grid of the timeline', () => {
  const samples = [frame(500, KEY), frame(500, KEY), frame(500, KEY)]
  expect(spans(cut({ ...video, kind: 'audio', startDelay: 1500 }, 2, [{ decodeTime: 0, samples }]))).toEqual([
    [0, 1500, 500, 1],
    [1, 2000, 1000, 2],
  ])
})

test('what is left at the end joins the segment before it, unless it is longer than what the edit list leaves out', () => {
  const ends = (left: number, kind: 'audio' | 'video') => {
    const samples = [frame(1000, KEY, 80), frame(left, KEY, 80)]
    return spans(cut({ ...video, kind, mediaTime: 80 }, 1, [{ decodeTime: 0, samples }])).map(([, , length]) => length)
  }
  expect([ends(89, 'video'), ends(89, 'audio')]).toEqual([[1089], [1089]])
  expect([ends(90, 'video'), ends(90, 'audio')]).toEqual([
    [1000, 90],
    [1000, 90],
  ])
  expect(spans(cut(video, 1, [{ decodeTime: 0, samples: [frame(40, KEY)] }]))).toEqual([[0, 0, 40, 1]])
})

test('fragments are joined and split as the grid wants', () => {
  const runs = [
    { decodeTime: 0, samples: [frame(700, KEY)] },
    { decodeTime: 700, samples: [frame(700, KEY), frame(700, KEY)] },
    { decodeTime: 2100, samples: [frame(700, KEY)] },
  ]
  expect(spans(cut(video, 1, runs))).toEqual([
    [0, 0, 1400, 2],
    [1, 1400, 700, 1],
    [2, 2100, 700, 1],
  ])
})

test('time between fragments goes to the sample before it; time that runs backwards is refused', () => {
  const run = (decodeTime: number) => ({ decodeTime, samples: [frame(400, KEY)] })
  expect(spans(cut(video, 1, [run(0), run(600)]))).toEqual([[0, 0, 1000, 2]])
  expect(() => cut(video, 1, [run(0), run(399)])).toThrow('back in time')
})

test('a track without samples, or without a keyframe at its start, is refused', () => {
  expect(() => cut(video, 1, [])).toThrow(
    expect.objectContaining({ kind: 'empty', reason: 'The video track has no frames.' }),
  )
  expect(() => cut(video, 1, [{ decodeTime: 0, samples: [frame(1)] }])).toThrow('does not begin with a keyframe')
})

test('a segment that no keyframe ends is refused before it fills the memory', () => {
  const MB = 2 ** 20
  const cutter = cutSegments(video, { segmentSeconds: 1 })
  const grow = (n: number) => {
    const sample = { ...frame(1000, n === 0 ? KEY : OTHER), sizeBytes: 64 * MB }
    return [...cutter.add({ decodeTime: n * 1000, samples: [sample] }, [new Uint8Array(64 * MB)])]
  }
  expect([grow(0), grow(1)]).toEqual([[], []])
  expect(() => grow(2)).toThrow(
    expect.objectContaining({ kind: 'unsupported', reason: expect.stringMatching(/too far/) }),
  )
})

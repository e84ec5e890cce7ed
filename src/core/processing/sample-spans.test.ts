import { expect, test } from 'vitest'
import { sampleSpans } from './sample-spans.ts'

test('a source is sampled at four places, evenly spread, and a long one at ten', () => {
  expect(sampleSpans(80_000)).toEqual([8.5, 28.5, 48.5, 68.5].map((startSeconds) => ({ startSeconds, seconds: 3 })))
  expect(sampleSpans(600_000)).toHaveLength(4)
  expect(sampleSpans(7_200_000)).toHaveLength(10)
})

test('samples never come to more than 30 s, and never overlap', () => {
  for (const seconds of [1, 14, 15, 16, 60, 600, 36_000]) {
    const spans = sampleSpans(seconds * 1000)
    expect(spans.reduce((sum, span) => sum + span.seconds, 0)).toBeLessThanOrEqual(30)
    for (const [n, span] of spans.entries()) {
      const next = spans[n + 1]
      if (next) expect(next.startSeconds).toBeGreaterThanOrEqual(span.startSeconds + span.seconds)
    }
  }
})

test('a short source is one sample', () => {
  expect(sampleSpans(12_000)).toEqual([{ startSeconds: 0, seconds: 15 }])
})

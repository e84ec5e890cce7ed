import { expect, test } from 'vitest'
import { sampleSpans } from './sample-spans.ts'

test('a long source is sampled at four places, evenly spread', () => {
  expect(sampleSpans(80_000)).toEqual([8, 28, 48, 68].map((startSeconds) => ({ startSeconds, seconds: 4 })))
})

test('samples never come to more than 30 s, and never overlap', () => {
  for (const seconds of [1, 19, 20, 21, 60, 600, 36_000]) {
    const spans = sampleSpans(seconds * 1000)
    expect(spans.reduce((sum, span) => sum + span.seconds, 0)).toBeLessThanOrEqual(30)
    for (const [n, span] of spans.entries()) {
      const next = spans[n + 1]
      if (next) expect(next.startSeconds).toBeGreaterThanOrEqual(span.startSeconds + span.seconds)
    }
  }
})

test('a short source is one sample', () => {
  expect(sampleSpans(12_000)).toEqual([{ startSeconds: 0, seconds: 20 }])
})

import type { Span } from './encode-plan.ts'

const SAMPLE_SECONDS = 3
/** One for each so many seconds, within bounds: so the search costs the same share of a film of ten minutes as of one of half an hour. */
const SECONDS_PER_SAMPLE = 150
/** Never more than 30 s in all. */
const [FEWEST, MOST] = [4, 10]
/** What is hardly longer than the samples is taken whole. */
const WHOLE_SECONDS = 15

/** Which parts of a source stand for all of it: spread evenly, the same each time. */
export const sampleSpans = (durationMs: number): readonly Span[] => {
  const seconds = durationMs / 1000
  if (seconds <= WHOLE_SECONDS) return [{ startSeconds: 0, seconds: WHOLE_SECONDS }]
  const samples = Math.max(FEWEST, Math.min(MOST, Math.round(seconds / SECONDS_PER_SAMPLE)))
  return Array.from({ length: samples }, (_, n) => ({
    startSeconds: (seconds * (n + 0.5)) / samples - SAMPLE_SECONDS / 2,
    seconds: SAMPLE_SECONDS,
  }))
}

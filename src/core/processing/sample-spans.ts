import type { Span } from './encode-plan.ts'

const SAMPLE_SECONDS = 3
/** One for each so many seconds, within bounds: so the search costs the same share of a film of ten minutes as of one of half an hour. */
const SECONDS_PER_SAMPLE = 150
const [FEWEST, MOST] = [4, 10]
/** All that is ever sampled; what is no longer is taken whole. */
const MOST_SECONDS = SAMPLE_SECONDS * MOST

/** Which parts of a source stand for all of it: spread evenly, the same each time. */
export const sampleSpans = (durationMs: number): readonly Span[] => {
  const seconds = durationMs / 1000
  if (seconds <= MOST_SECONDS) return [{ startSeconds: 0, seconds: MOST_SECONDS }]
  const samples = Math.max(FEWEST, Math.min(MOST, Math.round(seconds / SECONDS_PER_SAMPLE)))
  return Array.from({ length: samples }, (_, n) => ({
    startSeconds: (seconds * (n + 0.5)) / samples - SAMPLE_SECONDS / 2,
    seconds: SAMPLE_SECONDS,
  }))
}

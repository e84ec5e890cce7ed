import type { Span } from './encode-plan.ts'

const SAMPLES = 4
const SAMPLE_SECONDS = 4
/** What is hardly longer than all samples together is taken whole. */
const WHOLE_UP_TO_SECONDS = 20

/** Which parts of a source stand for all of it: spread evenly, the same each time. */
export const sampleSpans = (durationMs: number): readonly Span[] => {
  const seconds = durationMs / 1000
  if (seconds <= WHOLE_UP_TO_SECONDS) return [{ startSeconds: 0, seconds: WHOLE_UP_TO_SECONDS }]
  return Array.from({ length: SAMPLES }, (_, n) => ({
    startSeconds: (seconds * (n + 0.5)) / SAMPLES - SAMPLE_SECONDS / 2,
    seconds: SAMPLE_SECONDS,
  }))
}

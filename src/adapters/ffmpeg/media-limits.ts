import type { RunLimits } from './run.ts'

export interface MediaLimits {
  /** Address space of one FFmpeg. Measured with a 4K HDR source: 1.3 GB on 2 processors, 2.4 GB on 16. */
  readonly memoryBytes: number
  /** No new frame for so long. */
  readonly noProgressMs: number
  /** No processor time used for so long, though nobody keeps it waiting: a hung FFmpeg is replaced within 20 s. */
  readonly idleMs: number
  /** A probe, a cover or a check. */
  readonly shortRunMs: number
  /** An encode may take so many times the source's duration, but at least `encodeMinimumMs`. */
  readonly encodeWallFactor: number
  readonly encodeMinimumMs: number
}

export const DEFAULT_LIMITS: MediaLimits = {
  memoryBytes: 6 * 2 ** 30,
  noProgressMs: 60_000,
  idleMs: 10_000,
  shortRunMs: 120_000,
  encodeWallFactor: 60,
  encodeMinimumMs: 10 * 60_000,
}

export const shortRun = (limits: MediaLimits): RunLimits => ({
  wallMs: limits.shortRunMs,
  noProgressMs: Math.min(limits.noProgressMs, limits.shortRunMs),
  idleMs: limits.idleMs,
  memoryBytes: limits.memoryBytes,
})

/** A longer one fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

export const encodeRun = (limits: MediaLimits, durationMs: number): RunLimits => ({
  wallMs: Math.min(LONGEST_TIMER_MS, Math.max(limits.encodeMinimumMs, durationMs * limits.encodeWallFactor)),
  noProgressMs: limits.noProgressMs,
  idleMs: limits.idleMs,
  memoryBytes: limits.memoryBytes,
})

import type { RunLimits } from './run.ts'

export interface MediaLimits {
  /** Address space of one FFmpeg. Measured: 2 GB at 1080p on 2 cores, more with each core and with 4K. */
  readonly memoryBytes: number
  /** No new frame for so long. */
  readonly noProgressMs: number
  /** A probe, a cover or a check. */
  readonly shortRunMs: number
  /** An encode may take so many times the source's duration, but at least `encodeMinimumMs`. */
  readonly encodeWallFactor: number
  readonly encodeMinimumMs: number
}

export const DEFAULT_LIMITS: MediaLimits = {
  memoryBytes: 8 * 2 ** 30,
  noProgressMs: 60_000,
  shortRunMs: 60_000,
  encodeWallFactor: 60,
  encodeMinimumMs: 10 * 60_000,
}

export const shortRun = (limits: MediaLimits): RunLimits => ({
  wallMs: limits.shortRunMs,
  noProgressMs: Math.min(limits.noProgressMs, limits.shortRunMs),
  memoryBytes: limits.memoryBytes,
})

export const encodeRun = (limits: MediaLimits, durationMs: number): RunLimits => ({
  wallMs: Math.max(limits.encodeMinimumMs, durationMs * limits.encodeWallFactor),
  noProgressMs: limits.noProgressMs,
  memoryBytes: limits.memoryBytes,
})

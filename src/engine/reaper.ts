import type { Logger } from 'pino'
import type { Claim, Engine } from './engine.ts'
import { SETTLE_MS } from './session.ts'

export interface ReaperOptions {
  readonly engine: Pick<Engine, 'strayClaims' | 'purge'>
  /** Ends the try of a claim whose worker is gone. */
  readonly abandon: (claim: Claim) => Promise<void>
  readonly logger: Pick<Logger, 'info'>
  readonly nowMs: () => number
}

/** Two sweeps give a claim away. */
export const SWEEP_MS = 250

/** Whoever has not swept for so long was frozen, or PostgreSQL was: the others are given time to show that they live. */
const GAP_MS = 2_000
const PURGE_EVERY_MS = 600_000

/**
 * Gives the claims of workers that are gone to others. A claim must look abandoned in two sweeps that follow each other, so that
 * a worker whose connection just broke can come back first.
 */
export const createReaper = ({ engine, abandon, logger, nowMs }: ReaperOptions): (() => Promise<void>) => {
  let seen = new Set<string>()
  let sweptMs: number | undefined
  let notBeforeMs = 0
  let purgedMs = nowMs()
  return async () => {
    const startedMs = nowMs()
    if (sweptMs !== undefined && startedMs - sweptMs > GAP_MS) notBeforeMs = startedMs + SETTLE_MS
    sweptMs = startedMs
    if (startedMs < notBeforeMs) return
    const strays = await engine.strayClaims()
    const confirmed = strays.filter((claim) => seen.has(keyOf(claim)))
    seen = new Set(strays.map(keyOf))
    for (const claim of confirmed) {
      logger.info({ kind: claim.kind, subject: claim.subject, attempt: claim.attempt }, 'giving an abandoned task away')
      await abandon(claim)
    }
    if (startedMs - purgedMs > PURGE_EVERY_MS) {
      purgedMs = startedMs
      await engine.purge()
    }
    sweptMs = nowMs()
  }
}

const keyOf = ({ taskId, number }: Claim): string => `${taskId}:${number}`

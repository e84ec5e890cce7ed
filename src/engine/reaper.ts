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

/** Looks for abandoned claims once. */
export type Reaper = (standing: 'leader' | 'follower') => Promise<void>

/** How often the leader looks; two sweeps give a claim away. */
export const SWEEP_MS = 250

/** The others look less often, in case that the leader is frozen or cut off and its lock still there. */
const FOLLOWER_SWEEP_MS = 1_000

/** Whoever has not swept for so long was frozen, or PostgreSQL was: the others are given time to show that they live. */
const GAP_MS = 3_000
const PURGE_EVERY_MS = 600_000

/**
 * Gives the claims of workers that are gone to others. A claim must look abandoned in two sweeps that follow each other, so that
 * a worker whose connection just broke can come back first. That several processes may do so at once is harmless.
 */
export const createReaper = ({ engine, abandon, logger, nowMs }: ReaperOptions): Reaper => {
  let seen = new Set<string>()
  let sweptMs: number | undefined
  let notBeforeMs = 0
  let purgedMs = nowMs()
  return async (standing) => {
    const startedMs = nowMs()
    if (standing === 'follower' && sweptMs !== undefined && startedMs - sweptMs < FOLLOWER_SWEEP_MS) return
    if (sweptMs !== undefined && startedMs - sweptMs > GAP_MS) notBeforeMs = startedMs + SETTLE_MS
    if (startedMs < notBeforeMs) {
      sweptMs = startedMs
      return
    }
    const strays = await engine.strayClaims()
    const confirmed = strays.filter((claim) => seen.has(keyOf(claim)))
    seen = new Set(strays.map(keyOf))
    for (const claim of confirmed) {
      logger.info({ kind: claim.kind, subject: claim.subject, attempt: claim.attempt }, 'giving an abandoned task away')
      await abandon(claim)
    }
    // One batch per sweep: a long purge must not keep abandoned claims waiting.
    if (startedMs - purgedMs > PURGE_EVERY_MS && (await engine.purge()) === 'done') purgedMs = startedMs
    sweptMs = nowMs()
  }
}

const keyOf = ({ taskId, number }: Claim): string => `${taskId}:${number}`

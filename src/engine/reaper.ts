import type { Logger } from 'pino'
import type { Claim, Engine } from './engine.ts'
import { SETTLE_MS } from './session.ts'

export interface ReaperOptions {
  readonly engine: Pick<Engine, 'strayClaims' | 'purge'>
  /** Ends the try of a claim whose worker is gone. */
  readonly abandon: (claim: Claim) => Promise<void>
  readonly logger: Pick<Logger, 'info' | 'warn'>
  readonly nowMs: () => number
}

/** Disposed when it ended all that it began. */
export interface Reaper extends AsyncDisposable {
  /** Looks for abandoned claims once. Does not wait until those that it found are given away. */
  sweep(standing: 'leader' | 'follower'): Promise<void>
}

/** How often the leader looks; two sweeps give a claim away. */
export const SWEEP_MS = 250

/** The others look less often, in case that the leader is frozen or cut off and its lock still there. */
const FOLLOWER_SWEEP_MS = 1_000

/** Whoever has not swept for so long was frozen, or PostgreSQL was: the others are given time to show that they live. */
const GAP_MS = 3_000
const PURGE_EVERY_MS = 600_000

/** Each takes a connection of the pool. */
export const ABANDONED_AT_ONCE = 4

/**
 * Gives the claims of workers that are gone to others. A claim must look abandoned in two sweeps that follow each other, so that
 * a worker whose connection just broke can come back first. That several processes may do so at once is harmless.
 */
export const createReaper = ({ engine, abandon, logger, nowMs }: ReaperOptions): Reaper => {
  const giving = givingAway({ abandon, logger })
  let seen = new Set<string>()
  let sweptMs: number | undefined
  let notBeforeMs = 0
  let purgedMs = nowMs()
  const sweep: Reaper['sweep'] = async (standing) => {
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
    giving.begin(confirmed)
    // One batch per sweep: a long purge must not keep abandoned claims waiting.
    if (startedMs - purgedMs > PURGE_EVERY_MS && (await engine.purge()) === 'done') purgedMs = startedMs
    sweptMs = nowMs()
  }
  return { sweep, [Symbol.asyncDispose]: giving.end }
}

/**
 * A few at a time, each by itself: one that waits for a row which its lost worker still has locked holds up neither the others
 * nor the next sweep.
 */
const givingAway = ({ abandon, logger }: Pick<ReaperOptions, 'abandon' | 'logger'>) => {
  let due: Claim[] = []
  const begun = new Map<string, Promise<void>>()
  const give = async (claim: Claim): Promise<void> => {
    const { kind, subject, attempt } = claim
    logger.info({ kind, subject, attempt }, 'giving an abandoned task away')
    try {
      await abandon(claim)
    } catch (error) {
      logger.warn({ err: error, kind, subject }, 'an abandoned task could not be given away, trying again')
    }
  }
  const beginNext = (): void => {
    while (begun.size < ABANDONED_AT_ONCE) {
      const claim = due.shift()
      if (!claim) return
      const key = keyOf(claim)
      if (begun.has(key)) continue
      const ended = () => {
        begun.delete(key)
        beginNext()
      }
      begun.set(key, give(claim).finally(ended))
    }
  }
  return {
    /** Instead of those that were to come. */
    begin(claims: readonly Claim[]): void {
      due = [...claims]
      beginNext()
    },
    async end(): Promise<void> {
      due = []
      await Promise.all(begun.values())
    },
  }
}

const keyOf = ({ taskId, number }: Claim): string => `${taskId}:${number}`

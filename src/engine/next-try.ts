import { assertNever } from '../core/shared/assert-never.ts'
import type { Claim } from './engine.ts'

/** How a try ended without success. Reasons are cut to 500 characters. */
export type Ending =
  /** Tried again after a pause that doubles each time, until the step's `retrySeconds` are over; never when permanent. */
  | { readonly type: 'failed'; readonly reason: string; readonly permanent: boolean }
  /** It took too long, or something else that may be the task's own fault: at first at once, then after a pause, up to `retryLimit` times. */
  | { readonly type: 'suspect'; readonly reason: string }
  /** Its worker is gone, or a process of its was killed (`deathOf`): at first at once, then after longer and longer pauses, up to `DEATHS` in a row. */
  | { readonly type: 'abandoned'; readonly reason: string }
  /** Its worker goes away by itself: tried again at once, as if this try had never been. */
  | { readonly type: 'handed_back' }

/** What an earlier try leaves for the next one. */
export interface Tally {
  readonly attempt: number
  /** Tries that may have failed by the task's own fault. */
  readonly suspect: number
  /** Tries in a row that ended because their worker died, or a process of theirs was killed. */
  readonly deaths: number
}

export type NextTry =
  | { readonly type: 'none'; readonly reason: string }
  /** `backoff`: the queue's own pause, which doubles with every claim. */
  | { readonly type: 'again'; readonly after: { readonly seconds: number } | 'backoff'; readonly tally: Tally }

/**
 * Hostile media meets FFmpeg, a child process with limits, so that a worker's death is hardly ever its task's fault; but one
 * that kills every worker must end. Nor is it when FFmpeg is killed: the kernel ends it, and not us, for want of memory, whoever took
 * that. With the pauses, so many deaths take twelve minutes at least, whoever does the killing.
 */
export const DEATHS = 20

/** So many are answered at once: the usual kill costs no time. */
const DEATHS_WITHOUT_PAUSE = 2
const PAUSE_MAX_SECONDS = 60

/** Whether and when a task is tried again. */
export const nextTry = (claim: Tally & Limits, ending: Ending): NextTry => {
  const { attempt, suspect, deaths } = claim
  switch (ending.type) {
    case 'handed_back':
      return { type: 'again', after: { seconds: 0 }, tally: { attempt: attempt - 1, suspect, deaths } }
    case 'failed':
      if (ending.permanent || claim.triedSeconds >= claim.retrySeconds) return { type: 'none', reason: ending.reason }
      return { type: 'again', after: 'backoff', tally: { attempt, suspect, deaths: 0 } }
    case 'suspect':
      if (suspect >= claim.retryLimit) return { type: 'none', reason: ending.reason }
      return {
        // What hung has cost enough time already.
        ...{ type: 'again', after: suspect === 0 ? { seconds: 0 } : 'backoff' },
        tally: { attempt, suspect: suspect + 1, deaths: 0 },
      }
    case 'abandoned':
      // A task that may fail more often than that (a sweep must never be given up) may die as often, too.
      if (deaths + 1 >= Math.max(DEATHS, claim.retryLimit + 1)) return { type: 'none', reason: ending.reason }
      return {
        ...{ type: 'again', after: { seconds: pauseAfter(deaths + 1) } },
        tally: { attempt, suspect, deaths: deaths + 1 },
      }
    default:
      return assertNever(ending)
  }
}

type Limits = Pick<Claim, 'triedSeconds' | 'retryLimit' | 'retrySeconds'>

/** The ending of a claim whose worker died, or a process of its was killed, in words for the owner of the file. */
export const deathOf = (claim: Pick<Claim, 'deaths'>, who = 'the worker died'): Ending => {
  const deaths = claim.deaths + 1
  const row = deaths === 1 ? '' : `, the last of ${deaths} such ends in a row`
  // Before that, the file is not accused of what is hardly ever its fault.
  const cause = deaths < DEATHS ? '' : '; the file may be the cause, for instance by the memory that it needs'
  return { type: 'abandoned', reason: `${who} while working on this${row}${cause}` }
}

const pauseAfter = (deaths: number): number =>
  deaths <= DEATHS_WITHOUT_PAUSE ? 0 : Math.min(PAUSE_MAX_SECONDS, 2 ** (deaths - DEATHS_WITHOUT_PAUSE - 1))

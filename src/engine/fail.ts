import { type Kysely, sql } from 'kysely'
import { assertNever } from '../core/shared/assert-never.ts'
import { endSteps } from './cancel.ts'
import { ClaimLost, claimState } from './claim-lost.ts'
import type { Claim, Effect, EngineTx } from './engine.ts'
import type { TaskQueue } from './queue.ts'
import { boundReason } from './reason.ts'
import { wakeWorkers } from './start-step.ts'

/** How a try ended without success. Reasons are cut to 500 characters. */
export type Ending =
  /** Tried again after a pause that doubles each time, until the step's `retrySeconds` are over; never when permanent. */
  | { readonly type: 'failed'; readonly reason: string; readonly permanent: boolean }
  /** It took too long, or something else that may be the task's own fault: after a pause, up to `retryLimit` times. */
  | { readonly type: 'suspect'; readonly reason: string }
  /** Its worker is gone: tried again at once, up to `retryLimit` times, because the task may be what kills workers. */
  | { readonly type: 'abandoned'; readonly reason: string }
  /** Its worker goes away by itself: tried again at once, as if this try had never been. */
  | { readonly type: 'handed_back' }

interface Context<DB> {
  readonly db: Kysely<DB>
  readonly queue: TaskQueue
}

interface Failure<DB> {
  readonly ending: Ending
  readonly effect: Effect<DB>
}

export const fail = async <DB>(
  { db, queue }: Context<DB>,
  claim: Claim,
  { ending, effect }: Failure<DB>,
): Promise<'retry' | 'given_up' | 'lost'> => {
  const final = isFinal(claim, ending)
  try {
    await db.transaction().execute(async (trx) => {
      if (!final) return retry(trx, queue, { claim, ending })
      await effect(trx)
      return giveUp(trx, queue, { claim, reason: final.reason })
    })
    return final ? 'given_up' : 'retry'
  } catch (error) {
    if ((await claimState(db, claim)) !== 'held') return 'lost'
    throw error
  }
}

const isFinal = (claim: Claim, ending: Ending): { readonly reason: string } | undefined => {
  switch (ending.type) {
    case 'handed_back':
      return undefined
    case 'failed':
      return ending.permanent || claim.triedSeconds >= claim.retrySeconds ? ending : undefined
    case 'suspect':
    case 'abandoned':
      return claim.suspect >= claim.retryLimit ? ending : undefined
    default:
      return assertNever(ending)
  }
}

const retry = async (tx: EngineTx, queue: TaskQueue, { claim, ending }: { claim: Claim; ending: Ending }) => {
  if (!(await lockStep(tx, claim, 'share'))) throw new ClaimLost()
  const pauses = ending.type === 'failed' || ending.type === 'suspect'
  const held = await (pauses ? queue.retryLater(tx, claim) : queue.retryNow(tx, claim))
  if (!held) throw new ClaimLost()
  const reason = ending.type === 'handed_back' ? null : boundReason(ending.reason)
  await sql`
    update engine.task
    set
      state = 'queued', progress = 0, worker = null, claim = null, touched_at = null, virtual_start = null, virtual_end = null,
      attempt = attempt - ${ending.type === 'handed_back' ? 1 : 0}::integer,
      suspect = suspect + ${ending.type === 'suspect' || ending.type === 'abandoned' ? 1 : 0}::integer, reason = coalesce(${reason}, reason)
    where id = ${claim.taskId}::uuid
  `.execute(tx)
  if (!pauses) await wakeWorkers(tx, claim.queue)
}

const giveUp = async (tx: EngineTx, queue: TaskQueue, { claim, reason }: { claim: Claim; reason: string }) => {
  if (!(await lockStep(tx, claim, 'update')) || !(await queue.settle(tx, claim))) throw new ClaimLost()
  await sql`
    update engine.task set state = 'failed', reason = ${boundReason(reason)} where id = ${claim.taskId}::uuid
  `.execute(tx)
  await sql`
    update engine.step set state = 'failed', ended_at = now() where id = ${claim.stepId}::bigint
  `.execute(tx)
  await endSteps(tx, queue, await dependents(tx, claim))
}

/** The lock keeps `cancel` out: it would miss an entry that is taken out and put back meanwhile. */
const lockStep = async (tx: EngineTx, claim: Claim, strength: 'share' | 'update'): Promise<boolean> => {
  const { rows } = await sql`
    select id from engine.step where id = ${claim.stepId}::bigint and state = 'running' for ${sql.raw(strength)}
  `.execute(tx)
  return rows.length === 1
}

/** The failed step itself, for its other tasks, and all that waits for it, however far away. */
const dependents = async (tx: EngineTx, claim: Claim) => {
  const { rows } = await sql<{ id: Claim['stepId'] }>`
    with recursive doomed (id) as (
      select ${claim.stepId}::bigint
      union
      select e.after_id from engine.edge e join doomed d on e.before_id = d.id
    )
    select s.id::text as id from engine.step s join doomed d on d.id = s.id order by s.id for update of s
  `.execute(tx)
  return rows.map(({ id }) => id)
}

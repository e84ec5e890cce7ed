import { type Kysely, sql } from 'kysely'
import { endSteps } from './cancel.ts'
import { ClaimLost, claimState } from './claim-lost.ts'
import type { Claim, Effect, EngineTx } from './engine.ts'
import { type Ending, type NextTry, nextTry } from './next-try.ts'
import type { TaskQueue } from './queue.ts'
import { boundReason } from './reason.ts'
import { wakeWorkers } from './start-step.ts'

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
  const next = nextTry(claim, ending)
  const reason = ending.type === 'handed_back' ? null : boundReason(ending.reason)
  try {
    await db.transaction().execute(async (trx) => {
      if (next.type === 'again') return retry(trx, queue, { claim, next, reason })
      await effect(trx)
      return giveUp(trx, queue, { claim, reason: next.reason })
    })
    return next.type === 'again' ? 'retry' : 'given_up'
  } catch (error) {
    if ((await claimState(db, claim)) !== 'held') return 'lost'
    throw error
  }
}

/** What the next try finds, as `nextTry` decided. */
interface Again {
  readonly claim: Claim
  readonly next: Extract<NextTry, { readonly type: 'again' }>
  /** Of the try that ended; `null` when it left none. */
  readonly reason: string | null
}

const retry = async (tx: EngineTx, queue: TaskQueue, { claim, next, reason }: Again) => {
  if (!(await lockStep(tx, claim, 'share'))) throw new ClaimLost()
  const { after, tally } = next
  const held = await (after === 'backoff' ? queue.retryLater(tx, claim) : queue.retryIn(tx, claim, after.seconds))
  if (!held) throw new ClaimLost()
  await sql`
    update engine.task
    set
      state = 'queued', progress = 0, worker = null, claim = null, touched_at = null, virtual_start = null, virtual_end = null,
      attempt = ${tally.attempt}, suspect = ${tally.suspect}, deaths = ${tally.deaths}, reason = coalesce(${reason}, reason)
    where id = ${claim.taskId}::uuid
  `.execute(tx)
  if (after !== 'backoff' && after.seconds === 0) await wakeWorkers(tx, claim.queue)
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

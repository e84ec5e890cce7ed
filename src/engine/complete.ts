import { type Kysely, sql } from 'kysely'
import { ClaimLost, claimState } from './claim-lost.ts'
import type { Claim, Effect, EngineTx, StepId } from './engine.ts'
import type { TaskQueue } from './queue.ts'
import { PACE_LOCK } from './server-names.ts'
import { releaseStep } from './start-step.ts'

interface Context<DB> {
  readonly db: Kysely<DB>
  readonly queue: TaskQueue
}

/**
 * The effect runs first and the engine's rows are locked last: a caller that holds a row of its own and cancels, and an effect
 * that waits for that row, would otherwise wait for each other.
 */
export const complete = async <DB>(
  { db, queue }: Context<DB>,
  claim: Claim,
  effect: Effect<DB>,
): Promise<'done' | 'lost'> => {
  try {
    await db.transaction().execute(async (trx) => {
      await effect(trx)
      await settle(trx, queue, claim)
    })
    return 'done'
  } catch (error) {
    // Also asked when the effect failed: whoever took the claim may have changed what it relied on.
    const state = await claimState(db, claim)
    if (state !== 'held') return state
    throw error
  }
}

const settle = async (tx: EngineTx, queue: TaskQueue, claim: Claim): Promise<void> => {
  const remaining = await countDown(tx, claim.stepId)
  if (remaining === undefined || !(await queue.settle(tx, claim))) throw new ClaimLost()
  await markDone(tx, claim)
  if (remaining > 0) return
  for (const id of await countDownDependents(tx, claim.stepId)) await releaseStep(tx, queue, id)
}

/** The row lock puts the step's completions in a line, so exactly one of them sees 0. `undefined`: the step has ended. */
const countDown = async (tx: EngineTx, id: StepId): Promise<number | undefined> => {
  const { rows } = await sql<{ remaining: number }>`
    update engine.step
    set
      remaining = remaining - 1,
      state = case remaining when 1 then 'done' else state end,
      ended_at = case remaining when 1 then now() end
    where id = ${id}::bigint and state = 'running'
    returning remaining
  `.execute(tx)
  return rows[0]?.remaining
}

/** Of the newest task, once that many were measured: so much the average moves, too, when a machine or a setting changes. */
const NEWEST_SHARE = 0.05

/**
 * Also measures: the average of a kind is one row that every completion of it would wait for, so whoever finds it locked leaves
 * it alone. The lock is not the row's because there may be none yet.
 */
const markDone = async (tx: EngineTx, { taskId, kind }: Claim): Promise<void> => {
  await sql`
    with done as (
      update engine.task t set state = 'done', progress = 1, reason = null
      where id = ${taskId}::uuid
      returning extract(epoch from clock_timestamp() - began_at)
        / (select expected_seconds from engine.step s where s.id = t.step_id) as ratio
    )
    insert into engine.pace as p (kind, ratio, samples)
    select ${kind}, greatest(ratio, 0.0001), 1 from done
    where ratio is not null and pg_try_advisory_xact_lock(${PACE_LOCK}, hashtext(${kind}))
    on conflict (kind) do update set
      ratio = p.ratio + (excluded.ratio - p.ratio) * greatest(1.0 / (p.samples + 1), ${NEWEST_SHARE}),
      samples = least(p.samples + 1, 1000000)
  `.execute(tx)
}

/** A statement of its own, after the step's row is locked: it sees the edges of every `startStep` that came first. */
const countDownDependents = async (tx: EngineTx, before: StepId): Promise<readonly StepId[]> => {
  await sql`
    select s.id from engine.step s join engine.edge e on e.after_id = s.id where e.before_id = ${before}::bigint
    order by s.id for update of s
  `.execute(tx)
  const { rows } = await sql<{ id: StepId; state: string }>`
    update engine.step s
    set unmet = unmet - 1, state = case unmet when 1 then 'running' else state end
    from engine.edge e
    where e.before_id = ${before}::bigint and s.id = e.after_id and s.state = 'waiting'
    returning s.id::text as id, s.state
  `.execute(tx)
  return rows.filter(({ state }) => state === 'running').map(({ id }) => id)
}

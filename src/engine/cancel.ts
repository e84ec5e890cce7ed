import { sql } from 'kysely'
import type { Queue } from '../core/shared/task.ts'
import type { EngineTx, StepId } from './engine.ts'
import type { TaskQueue } from './queue.ts'

interface Cancelled {
  readonly subject: string
  /** `undefined`: all. */
  readonly kinds: readonly string[] | undefined
}

export const cancel = async (tx: EngineTx, queue: TaskQueue, cancelled: Cancelled): Promise<number> => {
  let ended = 0
  // At least twice: while the first pass waits for a completion, that completion may start the next step, which the
  // statement that waited cannot see.
  for (let pass = 1, found = 0; pass <= 2 || found > 0; pass++) {
    const ids = await lockLiveSteps(tx, cancelled)
    await endSteps(tx, queue, ids)
    found = ids.length
    ended += found
  }
  return ended
}

/** Marks steps as cancelled, unless they have ended, and their tasks too. The caller has locked the steps. */
export const endSteps = async (tx: EngineTx, queue: TaskQueue, ids: readonly StepId[]): Promise<void> => {
  if (ids.length === 0) return
  const entries = Map.groupBy(await openTasks(tx, ids), (task) => task.queue)
  for (const [name, tasks] of entries)
    await queue.drop(
      tx,
      name,
      tasks.map(({ id }) => id),
    )
  await sql`
    update engine.task set state = 'cancelled'
    where step_id = any(${[...ids]}::bigint[]) and state in ('waiting', 'queued', 'running')
  `.execute(tx)
  await sql`
    update engine.step set state = 'cancelled', ended_at = now()
    where id = any(${[...ids]}::bigint[]) and state in ('waiting', 'running')
  `.execute(tx)
}

/** Oldest first, as everything that locks several steps does: a step is always younger than those it waits for. */
const lockLiveSteps = async (tx: EngineTx, { subject, kinds }: Cancelled): Promise<readonly StepId[]> => {
  const { rows } = await sql<{ id: StepId }>`
    select id::text as id from engine.step
    where subject = ${subject} and state in ('waiting', 'running') ${kinds ? sql`and kind = any(${[...kinds]}::text[])` : sql``}
    order by id for update
  `.execute(tx)
  return rows.map(({ id }) => id)
}

const openTasks = async (tx: EngineTx, ids: readonly StepId[]) => {
  const { rows } = await sql<{ id: string; queue: Queue }>`
    select id, queue from engine.task where step_id = any(${[...ids]}::bigint[]) and state in ('queued', 'running')
  `.execute(tx)
  return rows
}

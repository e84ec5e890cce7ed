import { type Kysely, sql } from 'kysely'
import type { Queue } from '../core/shared/task.ts'
import { CLAIM_COLUMNS } from './claim-columns.ts'
import type { Claim, EngineTx } from './engine.ts'
import type { TaskQueue } from './queue.ts'

interface Wanted {
  readonly queue: Queue
  readonly count: number
  readonly worker: number
}

/** One transaction: the entry in pg-boss and the task's row never disagree about who holds it. */
export const fetch = <DB>(
  { db, queue }: { readonly db: Kysely<DB>; readonly queue: TaskQueue },
  { queue: name, count, worker }: Wanted,
): Promise<readonly Claim[]> =>
  db.transaction().execute(async (tx) => {
    const entries = await queue.claim(tx, name, count)
    return entries.length === 0 ? [] : markRunning(tx, entries, worker)
  })

const markRunning = async (
  tx: EngineTx,
  entries: readonly { readonly id: string; readonly number: number }[],
  worker: number,
): Promise<readonly Claim[]> => {
  const { rows } = await sql<Claim>`
    update engine.task t
    set state = 'running', worker = ${worker}, claim = e.claim, attempt = attempt + 1, progress = 0, touched_at = now(),
      began_at = now(),
      first_tried_at = coalesce(first_tried_at, now())
    from
      unnest(${entries.map(({ id }) => id)}::uuid[], ${entries.map(({ number }) => number)}::integer[]) as e (id, claim),
      engine.step s
    where t.id = e.id and s.id = t.step_id
    returning ${CLAIM_COLUMNS}
  `.execute(tx)
  return rows
}

import { type QueryExecutorProvider, sql } from 'kysely'
import { CLAIM_COLUMNS } from './claim-columns.ts'
import type { Claim } from './engine.ts'
import { LIVE_WORKERS } from './live-workers.ts'

/** A worker that still holds its lock, but has not touched a claim for so long, is frozen or behind a broken network. */
const SILENT_SECONDS = 10

/** Long enough to answer "what happened to my upload last month". */
const KEEP_DAYS = 30

const AT_ONCE = 100
const PURGED_AT_ONCE = 1_000

export const strayClaims = async (on: QueryExecutorProvider): Promise<readonly Claim[]> => {
  const { rows } = await sql<Claim>`
    select ${CLAIM_COLUMNS}
    from engine.task t
    join engine.step s on s.id = t.step_id
    where t.state = 'running' and (
      t.touched_at < now() - ${SILENT_SECONDS} * interval '1 second'
      or t.worker not in (${LIVE_WORKERS})
    )
    limit ${AT_ONCE}
  `.execute(on)
  return rows
}

export const purge = async (on: QueryExecutorProvider): Promise<'more' | 'done'> => {
  const { numAffectedRows = 0n } = await sql`
    delete from engine.step
    where id in (
      select id from engine.step where ended_at < now() - ${KEEP_DAYS} * interval '1 day' order by ended_at limit ${PURGED_AT_ONCE}
    )
  `.execute(on)
  return numAffectedRows < PURGED_AT_ONCE ? 'done' : 'more'
}

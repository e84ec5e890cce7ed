import { type QueryExecutorProvider, sql } from 'kysely'

export interface TaskItem {
  readonly input: unknown
  /** `open`: it waits or runs. `failed`: it was given up. */
  readonly state: 'open' | 'failed'
}

/** A minute: somebody may have mended what it failed for. */
const FAILED_SECONDS = 60

/** The tasks of a subject that are open, or were given up a moment ago; as the transaction sees them. */
export const tasksOf = async (on: QueryExecutorProvider, subject: string): Promise<readonly TaskItem[]> => {
  const { rows } = await sql<TaskItem>`
    select t.input, case when s.state = 'failed' then 'failed' else 'open' end as state
    from engine.step s
    join engine.task t on t.step_id = s.id
    where s.subject = ${subject} and (
      s.state = 'failed' and s.ended_at > now() - ${FAILED_SECONDS} * interval '1 second'
      or s.ended_at is null and t.state in ('waiting', 'queued', 'running')
    )
  `.execute(on)
  return rows
}

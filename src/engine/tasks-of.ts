import { type QueryExecutorProvider, sql } from 'kysely'

export interface TaskItem {
  readonly input: unknown
  /** `failed`: it was given up. */
  readonly state: 'queued' | 'running' | 'failed'
}

/** A minute: somebody may have mended what it failed for. */
const FAILED_SECONDS = 60

const NEWEST = 100

/** The tasks of a subject that wait or run, or were given up a moment ago, oldest first; of very many the newest. As the transaction sees them, where one is given. */
export const tasksOf = async (on: QueryExecutorProvider, subject: string): Promise<readonly TaskItem[]> => {
  const { rows } = await sql<TaskItem>`
    select * from (
      select s.id, t.input,
        case when s.state = 'failed' then 'failed' when t.state = 'running' then 'running' else 'queued' end as state
      from engine.step s
      join engine.task t on t.step_id = s.id
      where s.subject = ${subject} and (
        s.state = 'failed' and s.ended_at > now() - ${FAILED_SECONDS} * interval '1 second'
        or s.ended_at is null and t.state in ('waiting', 'queued', 'running')
      )
      order by s.id desc
      limit ${NEWEST}
    ) as newest
    order by id
  `.execute(on)
  return rows.map(({ input, state }) => ({ input, state }))
}

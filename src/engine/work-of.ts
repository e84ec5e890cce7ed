import { type QueryExecutorProvider, sql } from 'kysely'

export interface WorkItem {
  readonly kind: string
  /** `waiting`: for other steps. `queued`: no task was ever done and none runs now. */
  readonly state: 'waiting' | 'queued' | 'running' | 'done' | 'failed' | 'cancelled'
  /** Share done of all its tasks, 0..1. */
  readonly progress: number
  /** Of the task that was tried most often; 0 before the first try. */
  readonly attempt: number
  /** Why the last try failed. */
  readonly reason: string | undefined
}

const NEWEST = 200

export const workOf = async (on: QueryExecutorProvider, subject: string): Promise<readonly WorkItem[]> => {
  const { rows } = await sql<WorkItem & { readonly reason: string | null }>`
    select
      s.kind, t.progress, t.attempt, t.reason,
      case when s.state = 'running' and t.running = 0 and t.done = 0 then 'queued' else s.state end as state
    from
      (select * from engine.step where subject = ${subject} order by id desc limit ${NEWEST}) as s,
      lateral (
        select
          avg(progress)::real as progress, max(attempt) as attempt, max(reason) as reason,
          count(*) filter (where state = 'done')::integer as done,
          count(*) filter (where state = 'running')::integer as running
        from engine.task
        where step_id = s.id
      ) as t
    order by s.id
  `.execute(on)
  return rows.map((row) => ({ ...row, reason: row.reason ?? undefined }))
}

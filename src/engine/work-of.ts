import { type QueryExecutorProvider, sql } from 'kysely'
import type { StepId } from './engine.ts'

export interface WorkItem {
  readonly step: StepId
  readonly kind: string
  /** `waiting`: for other steps. `queued`: no task was ever done and none runs now. */
  readonly state: 'waiting' | 'queued' | 'running' | 'done' | 'failed' | 'cancelled'
  /** Share done of all its tasks, 0..1. */
  readonly progress: number
  readonly tasks: number
  readonly tasksDone: number
  /** Of the task that was tried most often; 0 before the first try. */
  readonly attempt: number
  /** Why the last try failed. */
  readonly reason: string | undefined
  /** Tasks of everybody that are served before the next one of this step; counted up to 1,000. */
  readonly tasksAhead: number
  readonly createdAt: Date
  readonly endedAt: Date | undefined
}

const NEWEST = 200

export const workOf = async (on: QueryExecutorProvider, subject: string): Promise<readonly WorkItem[]> => {
  const { rows } = await sql<WorkItem & { readonly reason: string | null; readonly endedAt: Date | null }>`
    select
      s.id::text as step, s.kind, t.progress, t.tasks, t.done as "tasksDone", t.attempt, t.reason,
      case when s.state = 'running' and t.running = 0 and t.done = 0 then 'queued' else s.state end as state,
      case when t.next is null then 0 else (
        select count(*)::integer
        from (
          select from engine.task a where a.queue = s.queue and a.state = 'queued' and a.virtual_start < t.next limit 1000
        ) as ahead
      ) end as "tasksAhead",
      s.created_at as "createdAt", s.ended_at as "endedAt"
    from
      (select * from engine.step where subject = ${subject} order by id desc limit ${NEWEST}) as s,
      lateral (
        select
          avg(progress)::real as progress, count(*)::integer as tasks, max(attempt) as attempt, max(reason) as reason,
          count(*) filter (where state = 'done')::integer as done,
          count(*) filter (where state = 'running')::integer as running,
          count(*) filter (where state = 'queued')::integer as queued,
          min(virtual_start) filter (where state = 'queued') as next
        from engine.task
        where step_id = s.id
      ) as t
    order by s.id
  `.execute(on)
  return rows.map((row) => ({ ...row, reason: row.reason ?? undefined, endedAt: row.endedAt ?? undefined }))
}

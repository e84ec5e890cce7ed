import { type QueryExecutorProvider, sql } from 'kysely'
import { QUEUES, type Queue } from '../core/shared/task.ts'
import { PG_BOSS_SCHEMA } from './install-pg-boss.ts'

/** What of a tenant runs, and what could run now and waits for a worker. */
export interface Backlog {
  readonly queue: Queue
  /** Of their steps. */
  readonly kind: string
  readonly tenant: string
  /** At least so many: see the bounds. */
  readonly tasks: number
  /** For how long the first of them could have run; 0 where none waits. */
  readonly oldestSeconds: number
  readonly running: number
}

/** What bounds the time that one look takes, however much waits. */
const MOST_TENANTS = 100
const MOST_COUNTED = 10_000
const MOST_LATE = 2_000

/**
 * Per queue, kind and tenant, of the first tenants of each queue. Counts are exact up to an equal share of the bounds. What competes (it has
 * a place in virtual time) is due; what was delayed, or is tried again, is once its time has come, which pg-boss alone knows.
 */
export const backlog = async (on: QueryExecutorProvider): Promise<readonly Backlog[]> => {
  const job = sql.table(`${PG_BOSS_SCHEMA}.job`)
  const { rows } = await sql<Backlog>`
    with recursive
      -- One descent of the index task_share per tenant.
      pair (queue, tenant, n) as (
        select q.queue, f.tenant, 1
        from
          unnest(${[...QUEUES]}::text[]) as q (queue),
          lateral (
            select t.tenant from engine.task t where t.queue = q.queue and t.state in ('queued', 'running')
            order by t.tenant limit 1
          ) as f
        union all
        select p.queue, f.tenant, p.n + 1
        from
          pair p,
          lateral (
            select t.tenant from engine.task t
            where t.queue = p.queue and t.tenant > p.tenant and t.state in ('queued', 'running')
            order by t.tenant limit 1
          ) as f
        where p.n < ${MOST_TENANTS}
      ),
      share as (select ${MOST_COUNTED} / count(*) as counted, ${MOST_LATE} / count(*) as late from pair),
      competing as (
        select p.queue, p.tenant, s.kind, count(*) as tasks, (array_agg(t.id order by t.virtual_end))[1] as first
        from
          pair p
          cross join lateral (
            select t.id, t.step_id, t.virtual_end from engine.task t
            where t.queue = p.queue and t.tenant = p.tenant and t.state = 'queued' and t.virtual_end is not null
            order by t.virtual_end limit (select counted from share)
          ) as t
          join engine.step s on s.id = t.step_id
        group by 1, 2, 3
      ),
      late as (
        select p.queue, p.tenant, s.kind, count(*) as tasks, min(t.due) as due
        from
          pair p
          cross join lateral (
            select
              t.step_id,
              (select start_after from ${job} where name = p.queue and id = t.id and start_after <= now()) as due
            from engine.task t
            where t.queue = p.queue and t.tenant = p.tenant and t.state = 'queued' and t.virtual_end is null
            order by t.virtual_end limit (select late from share)
          ) as t
          join engine.step s on s.id = t.step_id
        where t.due is not null
        group by 1, 2, 3
      ),
      running as (
        select t.queue, t.tenant, s.kind, count(*) as tasks
        from engine.task t join pair p on p.queue = t.queue and p.tenant = t.tenant join engine.step s on s.id = t.step_id
        where t.state = 'running'
        group by 1, 2, 3
      )
    select
      queue, kind, tenant, sum(tasks)::integer as tasks,
      coalesce(extract(epoch from now() - min(due)), 0)::real as "oldestSeconds", sum(running)::integer as running
    from (
      select
        c.queue, c.kind, c.tenant, c.tasks,
        (select start_after from ${job} where name = c.queue and id = c.first) as due, 0 as running
      from competing c
      union all
      select queue, kind, tenant, tasks, due, 0 from late
      union all
      select queue, kind, tenant, 0, null, tasks from running
    ) as figures
    group by 1, 2, 3
    order by 1, 3, 2
  `.execute(on)
  return rows
}

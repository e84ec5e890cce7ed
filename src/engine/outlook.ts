import { type Kysely, sql } from 'kysely'
import {
  MOST_COUNTED,
  type Outlook,
  type QueueLoad,
  type QueuePlace,
  type StepOutlook,
} from '../core/shared/outlook.ts'
import { PG_BOSS_SCHEMA } from './install-pg-boss.ts'
import { LIVE_WORKERS } from './live-workers.ts'

const NEWEST = 200

export const outlookOf = async <DB>(db: Kysely<DB>, subject: string): Promise<Outlook> => {
  const [steps, workers, paces] = await Promise.all([stepsOf(db, subject), countWorkers(db), readPaces(db)])
  const open = steps.filter(({ endedAt }) => endedAt === undefined)
  const [places, queues] = await Promise.all([placesOf(db, open), loadOf(db, open)])
  return { workers, paces, queues, steps: steps.map((step) => ({ ...step, queued: places.get(step.id) })) }
}

interface StepRow extends Omit<StepOutlook, 'queued'> {
  readonly id: string
  /** Virtual starts of those of its tasks that compete in the queue. */
  readonly first: number | null
  readonly last: number | null
}

const TASK_SECONDS = sql.raw('(coalesce(s.expected_seconds, 1) * coalesce(p.ratio, 1))')

const stepsOf = async <DB>(db: Kysely<DB>, subject: string): Promise<readonly StepRow[]> => {
  const { rows } = await sql<
    Omit<StepRow, 'endedAt' | 'retry'> & { endedAt: Date | null; retryAt: Date | null; retryReason: string | null }
  >`
    select
      s.id::text as id, s.kind, s.queue, s.state, s.created_at as "createdAt", s.ended_at as "endedAt",
      ${TASK_SECONDS} as "taskSeconds", t.*, r.start_after as "retryAt", r.reason as "retryReason"
    from (select * from engine.step where subject = ${subject} order by id desc limit ${NEWEST}) as s
    left join engine.pace p on p.kind = s.kind
    cross join lateral (
      select
        count(*)::integer as tasks,
        count(*) filter (where state = 'done')::integer as done,
        count(*) filter (where state = 'running')::integer as running,
        coalesce(sum(progress) filter (where state = 'running'), 0)::real as "runningShare",
        coalesce(extract(epoch from sum(now() - began_at) filter (where state = 'running')), 0)::real as "runningSeconds",
        min(virtual_start) filter (where state = 'queued') as first,
        max(virtual_start) filter (where state = 'queued') as last
      from engine.task
      where step_id = s.id
    ) as t
    left join lateral (
      select t.reason, j.start_after
      from engine.task t
      join ${sql.id(PG_BOSS_SCHEMA, 'job')} j on j.name = t.queue and j.id = t.id
      where t.step_id = s.id and t.state = 'queued' and t.virtual_start is null and s.ended_at is null
      order by j.start_after
      limit 1
    ) as r on true
    order by s.id
  `.execute(db)
  return rows.map(({ endedAt, retryAt, retryReason, ...row }) => ({
    ...row,
    endedAt: endedAt ?? undefined,
    retry: retryAt ? { at: retryAt, reason: retryReason ?? undefined } : undefined,
  }))
}

/**
 * Where steps are in their queues. Counting stops after `MOST_COUNTED` tasks; what lies beyond is taken to be as dense in virtual
 * time as what was counted.
 */
const placesOf = async <DB>(db: Kysely<DB>, open: readonly StepRow[]): Promise<ReadonlyMap<string, QueuePlace>> => {
  const queued = open.flatMap(({ id, queue, first, last }) =>
    first === null || last === null ? [] : [{ id, queue, first, last }],
  )
  if (queued.length === 0) return new Map()
  const { rows } = await sql<{ id: string; before: number; seconds: number | null }>`
    select w.id::text as id, least(less.count + tied.count, ${MOST_COUNTED}) as before, ahead.seconds
    from unnest(
      ${queued.map(({ id }) => id)}::bigint[], ${queued.map(({ queue }) => queue)}::text[],
      ${queued.map(({ first }) => first)}::integer[], ${queued.map(({ last }) => last)}::integer[]
    ) as w (id, queue, first, last)
    cross join lateral (
      select count(*)::integer as count from (
        select from engine.task
        where queue = w.queue and state = 'queued' and virtual_start < w.first
        -- For the index: without an order all that was ever done may be read first.
        order by virtual_start
        limit ${MOST_COUNTED}
      ) as t
    ) as less
    cross join lateral (
      select count(*) filter (where step_id < w.id)::integer as count from (
        select step_id from engine.task
        where queue = w.queue and state = 'queued' and virtual_start = w.first
        limit ${MOST_COUNTED}
      ) as t
    ) as tied
    cross join lateral (
      select case
        when count(*) < ${MOST_COUNTED} or max(virtual_start) = w.last then sum(${TASK_SECONDS})
        when max(virtual_start) > min(virtual_start) then
          sum(${TASK_SECONDS}) * (w.last - min(virtual_start)) / (max(virtual_start) - min(virtual_start))
      end as seconds
      from (
        select step_id, virtual_start from engine.task
        where queue = w.queue and state = 'queued' and virtual_start <= w.last
        order by virtual_start
        limit ${MOST_COUNTED}
      ) as t
      join engine.step s on s.id = t.step_id
      left join engine.pace p on p.kind = s.kind
    ) as ahead
  `.execute(db)
  return new Map(rows.map(({ id, before, seconds }) => [id, { before, seconds: seconds ?? undefined }]))
}

const loadOf = async <DB>(db: Kysely<DB>, open: readonly StepRow[]): Promise<ReadonlyMap<string, QueueLoad>> => {
  const queues = [...new Set(open.map(({ queue }) => queue))]
  if (queues.length === 0) return new Map()
  const { rows } = await sql<QueueLoad & { queue: string }>`
    select t.queue, count(*)::integer as running, sum(${TASK_SECONDS} * (1 - t.progress)) as seconds
    from engine.task t
    join engine.step s on s.id = t.step_id
    left join engine.pace p on p.kind = s.kind
    where t.queue = any(${queues}::text[]) and t.state = 'running'
    group by t.queue
  `.execute(db)
  return new Map(rows.map(({ queue, ...load }) => [queue, load]))
}

const countWorkers = async <DB>(db: Kysely<DB>): Promise<number> => {
  const { rows } = await sql<{ count: number }>`select count(*)::integer as count from (${LIVE_WORKERS}) as w`.execute(
    db,
  )
  return rows[0]?.count ?? 0
}

const readPaces = async <DB>(db: Kysely<DB>): Promise<ReadonlyMap<string, number>> => {
  const { rows } = await sql<{ kind: string; ratio: number }>`select kind, ratio from engine.pace`.execute(db)
  return new Map(rows.map(({ kind, ratio }) => [kind, ratio]))
}

import { type Kysely, sql } from 'kysely'
import type { DB } from '../src/adapters/postgres/schema.generated.ts'

/** A statement may take a minute. */
const BATCH = 50_000
const TASKS_PER_STEP = 50

/**
 * So many queued tasks of ten tenants in the queue `chunk`, in steps of 50, as `startStep` writes them; by one statement for
 * thousands of them. Made after the engine was, which makes pg-boss's tables.
 */
export const seedBacklog = async (db: Kysely<DB>, tasks: number): Promise<void> => {
  for (let from = 0; from < tasks; from += BATCH) {
    await insertTasks(db, from, Math.min(tasks, from + BATCH) - 1)
  }
  await sql`vacuum analyze engine.step`.execute(db)
  await sql`vacuum analyze engine.task`.execute(db)
  await sql`vacuum analyze pgboss.job`.execute(db)
}

const insertTasks = async (db: Kysely<DB>, from: number, to: number): Promise<void> => {
  await sql`
    with
      steps as (
        insert into engine.step (
          subject, tenant, kind, queue, state, unmet, remaining, retry_limit, retry_seconds, delay_seconds, cost, expected_seconds
        )
        select
          md5('film ' || n), 'tenant ' || n % 10, 'chunk', 'chunk', 'running', 0, ${TASKS_PER_STEP}::integer, 2, 21600, 0, 12, 60
        from generate_series(${from}::integer / ${TASKS_PER_STEP}::integer, ${to}::integer / ${TASKS_PER_STEP}::integer) as n
        returning id, tenant, subject
      ),
      numbered as (
        select steps.*, ${from}::integer / ${TASKS_PER_STEP}::integer + row_number() over (order by id) - 1 as n from steps
      ),
      tasks as (
        insert into engine.task (step_id, idx, queue, tenant, input, state, virtual_start, virtual_end)
        select
          id, idx, 'chunk', tenant, jsonb_build_object('assetId', subject, 'part', idx), 'queued',
          12 * ((n / 10) * ${TASKS_PER_STEP}::integer + idx), 12 * ((n / 10) * ${TASKS_PER_STEP}::integer + idx + 1)
        from numbered, generate_series(0, ${TASKS_PER_STEP}::integer - 1) as idx
        returning id, virtual_start
      )
    insert into pgboss.job (id, name, priority, retry_limit, retry_delay, retry_backoff, retry_delay_max)
    select id, 'chunk', -virtual_start, 1000000, 2, true, 300 from tasks
  `.execute(db)
}

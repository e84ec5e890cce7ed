import { sql } from 'kysely'

/** A `Claim` from `engine.task t` and its `engine.step s`. */
export const CLAIM_COLUMNS = sql.raw(`
  t.id as "taskId", t.claim as number, s.id::text as "stepId", s.subject, s.tenant, s.kind, s.queue, t.input, t.attempt,
  t.suspect, t.deaths, s.retry_limit as "retryLimit", s.retry_seconds as "retrySeconds",
  extract(epoch from now() - t.first_tried_at)::real as "triedSeconds"
`)

import { sql } from 'kysely'
import { WORKER_LOCK } from './server-names.ts'

/** Numbers of the worker sessions that are connected to this database, of whatever version: each holds the lock of its number. */
export const LIVE_WORKERS = sql<{ readonly number: number }>`
  select objid::bigint::integer as number from pg_locks
  where locktype = 'advisory' and classid = ${WORKER_LOCK} and objsubid = 2 and granted
    and database = (select oid from pg_database where datname = current_database())
`

import { Kysely, PostgresDialect } from 'kysely'
import { Pool, types } from 'pg'
import type { DB } from './schema.generated.ts'

export interface ConnectOptions {
  /** Connections at most; each costs PostgreSQL a process. */
  readonly max: number
  /** Seen in `pg_stat_activity`. */
  readonly applicationName: string
  /** How long a transaction may wait for us between two statements: it keeps its locks for so long when our machine is lost. */
  readonly idleInTransactionMs?: number
  /** What befell an idle connection; the pool has dropped it already and makes another one when asked. */
  readonly onIdleError?: (error: Error) => void
}

const STATEMENT_TIMEOUT_MS = 60_000
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 60_000
const IDLE_TIMEOUT_MS = 30_000
const CONNECT_TIMEOUT_MS = 10_000

/**
 * A pool of connections with our types. Connects when first used, and again after PostgreSQL was restarted. `destroy()` it at
 * the end.
 *
 * int8 arrives as a number: our sizes, durations and counts stay far below 2^53.
 */
export const connect = (url: string, options: ConnectOptions): Kysely<DB> => {
  const { max, applicationName, onIdleError, idleInTransactionMs = IDLE_IN_TRANSACTION_TIMEOUT_MS } = options
  const pool = new Pool({
    connectionString: url,
    max,
    application_name: applicationName,
    types: { getTypeParser },
    statement_timeout: STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: idleInTransactionMs,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
  })
  // Without listeners the end of a connection outside a query, as when PostgreSQL is restarted, would end the process: the
  // pool listens on idle connections only, not on those between two statements of a transaction.
  pool.on('error', (error) => onIdleError?.(error))
  pool.on('connect', (client) => client.on('error', () => undefined))
  return new Kysely<DB>({ dialect: new PostgresDialect({ pool }) })
}

const getTypeParser: typeof types.getTypeParser = (oid: number, format?: 'text' | 'binary') =>
  oid === types.builtins.INT8 && format !== 'binary' ? Number : types.getTypeParser(oid, format)

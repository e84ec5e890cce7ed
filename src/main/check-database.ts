import { Client } from 'pg'
import { ConfigError, type DatabaseConfig } from './config.ts'
import { firstLineOf } from './first-line.ts'
import { UnreachableError, untilReachable } from './until-reachable.ts'

const OLDEST_MAJOR = 15
/** One that is merely slow answers within this. */
const TIMEOUT_MS = 10_000

/**
 * Whether an external database lets us in and is new enough. Throws `ConfigError`, or `UnreachableError` when nobody answers;
 * neither shows the URL.
 */
export const checkDatabase = async (database: DatabaseConfig): Promise<void> => {
  if (database.kind === 'embedded') return
  const major = await majorVersionOf(database.url)
  if (major < OLDEST_MAJOR) {
    throw new ConfigError(
      `TELECINE_DATABASE_URL must be of PostgreSQL ${OLDEST_MAJOR} or newer; that server is of ${major}`,
    )
  }
}

const majorVersionOf = async (url: string): Promise<number> => {
  try {
    return await untilReachable(() => askMajorVersion(url))
  } catch (cause) {
    if (cause instanceof UnreachableError) throw cause
    throw new ConfigError(
      `TELECINE_DATABASE_URL must be of a PostgreSQL that answers and lets us in; ${firstLineOf(cause)}`,
      { cause },
    )
  }
}

const askMajorVersion = async (connectionString: string): Promise<number> => {
  const client = new Client({ connectionString, connectionTimeoutMillis: TIMEOUT_MS, query_timeout: TIMEOUT_MS })
  // A connection that breaks fails its query too; unheard, the event would end the process.
  client.on('error', () => undefined)
  try {
    await client.connect()
    const { rows } = await client.query<{ major: number }>(
      `select current_setting('server_version_num')::integer / 10000 as major`,
    )
    return rows[0]?.major ?? 0
  } finally {
    // Not awaited: on a connection that hangs it would never end.
    client.end().catch(() => undefined)
  }
}

import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import { MigrationRefused, migrate } from '../adapters/postgres/migrate.ts'
import type { DB } from '../adapters/postgres/schema.generated.ts'
import { createEngine, type Engine } from '../engine/engine.ts'
import { ConfigError } from './config.ts'
import { firstLineOf } from './first-line.ts'
import { untilReachable } from './until-reachable.ts'

interface OpenedEngine {
  readonly engine: Engine<DB>
  /** Migrations that it ran. */
  readonly ran: readonly string[]
}

/**
 * Brings our schema and the queue's up to date, and opens the engine on them. Throws `ConfigError` when the role may not, and when
 * the database is of a version that does not go with ours; `UnreachableError` when it does not answer.
 */
export const openEngine = async (db: Kysely<DB>, logger: Logger): Promise<OpenedEngine> => {
  try {
    const ran = await untilReachable(() => migrate(db))
    return { ran, engine: await untilReachable(() => createEngine({ db, logger })) }
  } catch (cause) {
    if (cause instanceof MigrationRefused) throw new ConfigError(cause.message, { cause })
    const denial = denialIn(cause)
    if (denial === undefined) throw cause
    throw new ConfigError(
      'TELECINE_DATABASE_URL must be of a role that owns what is ours in its database, or may make it: it needs the right ' +
        `CREATE on the database and on its schema public; ${firstLineOf(denial)}`,
      { cause },
    )
  }
}

/** SQLSTATE of insufficient_privilege. */
const DENIED = '42501'

const denialIn = (error: unknown): Error | undefined => {
  if (!(error instanceof Error)) return undefined
  return 'code' in error && error.code === DENIED ? error : denialIn(error.cause)
}

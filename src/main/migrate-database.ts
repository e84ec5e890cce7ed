import type { Logger } from 'pino'
import { connect } from '../adapters/postgres/connect.ts'
import { checkDatabase } from './check-database.ts'
import type { Config } from './config.ts'
import { databaseUrl } from './foundation.ts'
import { openEngine } from './open-engine.ts'

/** Our schema and the queue's. Answers the migrations that it ran. */
export const migrateDatabase = async (config: Config, logger: Logger): Promise<readonly string[]> => {
  const url = databaseUrl(config, 'migrate')
  await checkDatabase(config.database)
  const db = connect(url, { max: 1, applicationName: 'telecine migrate' })
  try {
    const { ran, engine } = await openEngine(db, logger)
    await engine[Symbol.asyncDispose]()
    return ran
  } finally {
    await db.destroy()
  }
}

import type { Logger } from 'pino'
import { connect } from '../adapters/postgres/connect.ts'
import { migrate } from '../adapters/postgres/migrate.ts'
import { createEngine } from '../engine/engine.ts'
import { checkDatabase } from './check-database.ts'
import type { Config } from './config.ts'
import { databaseUrl } from './foundation.ts'

/** Our schema and the queue's. Answers the migrations that it ran. */
export const migrateDatabase = async (config: Config, logger: Logger): Promise<readonly string[]> => {
  const url = databaseUrl(config, 'migrate')
  await checkDatabase(config.database)
  const db = connect(url, { max: 1, applicationName: 'telecine migrate' })
  try {
    const ran = await migrate(db)
    await using _engine = await createEngine({ db, logger })
    return ran
  } finally {
    await db.destroy()
  }
}

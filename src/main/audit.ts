import type { Logger } from 'pino'
import { auditReader } from '../adapters/postgres/audit-reader.ts'
import { bucketStore } from '../adapters/postgres/buckets.ts'
import { connect } from '../adapters/postgres/connect.ts'
import { MigrationRefused, requireOurVersion } from '../adapters/postgres/migrate.ts'
import { isGranted } from '../core/auth/authorize-bucket.ts'
import { auditStorage, type Finding } from '../core/lifecycle/audit-storage.ts'
import { checkDatabase } from './check-database.ts'
import { checkStore } from './check-store.ts'
import { type Config, ConfigError } from './config.ts'
import { findEmbeddedPostgres } from './embedded-postgres/start-embedded-postgres.ts'
import { openStore } from './foundation.ts'

interface Audit {
  readonly config: Config
  readonly logger: Logger
  readonly signal: AbortSignal
}

/** Compares the service bucket with the tables. Reads only, beside whatever runs. */
export async function* audit({ config, logger, signal }: Audit): AsyncGenerator<Finding> {
  const url = await databaseUrlOf(config, logger)
  await Promise.all([checkDatabase(config.database), checkStore(config.objects)])
  const db = connect(url, { max: 2, applicationName: 'telecine audit' })
  try {
    await requireOurVersion(db)
    // It signs no URL.
    const store = await openStore(config, new Uint8Array(32), () => '')
    const grants = { isGranted: isGranted(bucketStore(db)) }
    const now = () => new Date()
    const deps = { reader: auditReader(db), store, grants, serviceBucket: config.vodBucket, now }
    yield* auditStorage(deps, signal)
  } catch (cause) {
    if (cause instanceof MigrationRefused) throw new ConfigError(cause.message, { cause })
    throw cause
  } finally {
    await db.destroy()
  }
}

const databaseUrlOf = async ({ database, dataDir }: Config, logger: Logger): Promise<string> => {
  if (database.kind === 'external') return database.url
  const url = await findEmbeddedPostgres(dataDir, logger)
  if (url !== undefined) return url
  throw new ConfigError(`"telecine start" must run on ${dataDir}, or TELECINE_DATABASE_URL name a PostgreSQL`)
}

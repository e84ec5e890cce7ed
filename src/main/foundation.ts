import { hkdfSync } from 'node:crypto'
import { join } from 'node:path'
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import { countStoreErrors } from '../adapters/metrics/count-store-errors.ts'
import { createMetrics, type Metrics } from '../adapters/metrics/create-metrics.ts'
import { createLocalObjectStore } from '../adapters/object-store/local.ts'
import { catalogReader } from '../adapters/postgres/catalog-reader.ts'
import { catalogTransactions } from '../adapters/postgres/catalog-tx.ts'
import { connect } from '../adapters/postgres/connect.ts'
import type { DB } from '../adapters/postgres/schema.generated.ts'
import type { CatalogReader, CatalogTx, Transactions } from '../core/catalog/ports.ts'
import type { ObjectStore } from '../core/shared/object-store.ts'
import type { Engine } from '../engine/engine.ts'
import { type Config, ConfigError } from './config.ts'
import { loadMasterKey } from './credentials.ts'
import { openEngine } from './open-engine.ts'

/** What API and worker processes have in common. Disposing closes the database connections. */
export interface Foundation extends AsyncDisposable {
  readonly config: Config
  readonly logger: Logger
  readonly masterKey: Buffer
  readonly db: Kysely<DB>
  readonly engine: Engine<DB>
  readonly store: ObjectStore
  readonly metrics: Metrics
  /** Signs read URLs of the local store, and upload URLs. */
  readonly storageSecret: Uint8Array
  readonly reader: CatalogReader
  readonly transactions: Transactions<CatalogTx>
}

interface FoundationOptions {
  readonly config: Config
  readonly logger: Logger
  readonly role: 'serve' | 'worker'
  readonly connections: number
  readonly publicUrl: () => string
}

/** Nothing slow happens in a worker's transactions. Shorter than the silence after which others take its claims, whose rows they lock. */
const WORKER_IDLE_IN_TRANSACTION_MS = 5_000

/** Connects, brings the schema up to date and opens the store. Any number of processes may do so at once. */
export const openFoundation = async (options: FoundationOptions): Promise<Foundation> => {
  const { config, logger, role, connections } = options
  const masterKey = await loadMasterKey(config.dataDir, config.masterKey)
  const storageSecret = new Uint8Array(hkdfSync('sha256', masterKey, '', 'telecine storage urls', 32))
  const db = connect(databaseUrl(config, role), {
    max: connections,
    applicationName: `telecine ${role}`,
    ...(role === 'worker' && { idleInTransactionMs: WORKER_IDLE_IN_TRANSACTION_MS }),
    onIdleError: (err) => logger.debug({ err }, 'an idle database connection ended'),
  })
  try {
    const { ran, engine } = await openEngine(db, logger)
    if (ran.length > 0) logger.info({ migrations: ran }, 'database schema brought up to date')
    // The same for all processes, so those of one role say it.
    const metrics = createMetrics(role === 'serve' ? engine.backlog : undefined)
    const store = countStoreErrors(await openStore(config, storageSecret, options.publicUrl), metrics.storeFailed)
    return {
      ...{ config, logger, masterKey, db, engine, store, metrics, storageSecret },
      reader: catalogReader(db),
      transactions: catalogTransactions(db, engine),
      async [Symbol.asyncDispose]() {
        await engine[Symbol.asyncDispose]()
        await db.destroy()
      },
    }
  } catch (error) {
    await db.destroy()
    throw error
  }
}

/** Throws `ConfigError` where only `start` would bring a database. */
export const databaseUrl = ({ database }: Config, role: string): string => {
  if (database.kind === 'external') return database.url
  throw new ConfigError(
    `TELECINE_DATABASE_URL must be set for "telecine ${role}"; "telecine start" brings a PostgreSQL`,
  )
}

export const openStore = async (
  config: Config,
  signingSecret: Uint8Array,
  publicUrl: () => string,
): Promise<ObjectStore> => {
  const { objects, dataDir } = config
  if (objects.kind === 's3') {
    // Loaded only where it is used: it is a quarter of a start.
    const { createS3ObjectStore } = await import('../adapters/object-store/s3.ts')
    return createS3ObjectStore(objects)
  }
  return createLocalObjectStore({ root: join(dataDir, 'buckets'), publicUrl, signingSecret, now: () => new Date() })
}

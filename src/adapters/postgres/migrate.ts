import { readdir, readFile } from 'node:fs/promises'
import { findPackageJSON } from 'node:module'
import { dirname, join } from 'node:path'
import { type Kysely, sql } from 'kysely'
import { type Migration, type MigrationProvider, Migrator } from 'kysely/migration'
import { LIVE_WORKERS } from '../../engine/live-workers.ts'

/** Somebody is of an older version than the schema, or would be: we, or workers that run. The message says who. */
export class MigrationRefused extends Error {
  override readonly name = 'MigrationRefused'
}

/**
 * Brings the schema up to date: every `migrations/NNNN_*.sql` that has not run yet, in order, all in one transaction. Processes
 * that start at once wait for one another. Answers the names that it ran; throws with the name of the one that failed, and
 * `MigrationRefused` on a database of a newer version than ours, or one that has to change while workers of an older version run.
 */
export const migrate = async <DB>(db: Kysely<DB>): Promise<readonly string[]> => {
  const { error, results } = await new Migrator({ db, provider: sqlFilesIn(migrationsFolder()) }).migrateToLatest()
  if (error === undefined) return (results ?? []).map(({ migrationName }) => migrationName)
  if (error instanceof MigrationRefused) throw error
  const failed = results?.find(({ status }) => status === 'Error')?.migrationName
  const reason = error instanceof Error ? error.message : String(error)
  const [, newer] = NEWER.exec(reason) ?? []
  if (newer !== undefined) {
    throw new MigrationRefused(
      `the database is of a newer version of Telecine, which ran the migration ${newer}; start that version, or restore the backup from before it`,
      { cause: error },
    )
  }
  throw new Error(`database migration${failed === undefined ? '' : ` ${failed}`} failed: ${reason}`, { cause: error })
}

/** For who only reads: throws `MigrationRefused` on a database that is not of our version. */
export const requireOurVersion = async <DB>(db: Kysely<DB>): Promise<void> => {
  const ours = Object.keys(await sqlFilesIn(migrationsFolder()).getMigrations())
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db)
  if (rows.map(({ name }) => name).join() === ours.join()) return
  throw new MigrationRefused(
    'the database is of another version of Telecine; "telecine migrate" of the newer one brings it up to date',
  )
}

/** How kysely says that a migration was run which we do not have. */
const NEWER = /previously executed migration (\S+) is missing/

/**
 * Code of the version before knows nothing of what the new rows mean: its sweeps would remove what it takes for litter. Who starts
 * while this holds the lock waits, and is then of an older version than the database.
 */
const requireNoWorkers = async <DB>(db: Kysely<DB>): Promise<void> => {
  const { rows } = await LIVE_WORKERS.execute(db)
  if (rows.length === 0) return
  throw new MigrationRefused(
    `the database is of an older version of Telecine, of which ${rows.length} worker(s) still run; stop all processes, then start this version`,
  )
}

/** Found from the package's root: where this file lies differs between src/ and dist/. */
const migrationsFolder = (): string => {
  const packageFile = findPackageJSON(import.meta.url)
  if (packageFile === undefined)
    throw new Error(`no package.json above ${import.meta.filename}, so no migrations/ either`)
  return join(dirname(packageFile), 'migrations')
}

const sqlFilesIn = (folder: string): MigrationProvider => ({
  async getMigrations() {
    const files = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
    const migrations = files.map(async (file): Promise<[string, Migration]> => {
      const text = await readFile(join(folder, file), 'utf8')
      return [
        file.slice(0, -'.sql'.length),
        {
          async up(db) {
            await requireNoWorkers(db)
            // A large table takes longer than any statement of the service may.
            await sql`set local statement_timeout = 0`.execute(db)
            await sql.raw(text).execute(db)
          },
        },
      ]
    })
    return Object.fromEntries(await Promise.all(migrations))
  },
})

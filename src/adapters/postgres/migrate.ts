import { readdir, readFile } from 'node:fs/promises'
import { findPackageJSON } from 'node:module'
import { dirname, join } from 'node:path'
import { type Kysely, sql } from 'kysely'
import { type Migration, type MigrationProvider, Migrator } from 'kysely/migration'

/**
 * Brings the schema up to date: every `migrations/NNNN_*.sql` that has not run yet, in order, all in one transaction. Processes
 * that start at once wait for one another. Answers the names that it ran; throws with the name of the one that failed.
 */
export const migrate = async <DB>(db: Kysely<DB>): Promise<readonly string[]> => {
  const { error, results } = await new Migrator({ db, provider: sqlFilesIn(migrationsFolder()) }).migrateToLatest()
  if (error === undefined) return (results ?? []).map(({ migrationName }) => migrationName)
  const failed = results?.find(({ status }) => status === 'Error')?.migrationName
  const reason = error instanceof Error ? error.message : String(error)
  throw new Error(`database migration${failed === undefined ? '' : ` ${failed}`} failed: ${reason}`, { cause: error })
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
            await sql.raw(text).execute(db)
          },
        },
      ]
    })
    return Object.fromEntries(await Promise.all(migrations))
  },
})

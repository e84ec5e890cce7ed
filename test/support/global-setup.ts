import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import type { TestProject } from 'vitest/node'
import { connect } from '../../src/adapters/postgres/connect.ts'
import { migrate } from '../../src/adapters/postgres/migrate.ts'
import { startEmbeddedPostgres } from '../../src/main/embedded-postgres/start-embedded-postgres.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Of the one PostgreSQL of this run; its databases are copied from `TEMPLATE`. */
    readonly postgresUrl: string
    /** Removed at the end of this run. */
    readonly runFolder: string
  }
}

/** The migrated database that `createDatabase` copies. */
export const TEMPLATE = 'telecine_template'

/** One real PostgreSQL per run, in a folder of its own: runs side by side don't meet. */
export const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  const folder = await mkdtemp(join(tmpdir(), 'telecine-test-'))
  // The built program in it is run without root's rights, too.
  await chmod(folder, 0o755)
  const log = { debug: () => undefined, info: console.log, warn: console.warn }
  const postgres = await startEmbeddedPostgres({ dataDir: folder, fsync: 'off', log })
  await makeTemplate(postgres.url)
  project.provide('postgresUrl', postgres.url)
  project.provide('runFolder', folder)
  return async () => {
    await postgres.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

const makeTemplate = async (adminUrl: string): Promise<void> => {
  const admin = connect(adminUrl, { max: 1, applicationName: 'telecine tests' })
  await sql`create database ${sql.id(TEMPLATE)}`.execute(admin)
  await admin.destroy()
  const url = new URL(adminUrl)
  url.pathname = `/${TEMPLATE}`
  const template = connect(url.href, { max: 1, applicationName: 'telecine tests' })
  await migrate(template)
  // A template with somebody connected cannot be copied.
  await template.destroy()
}

import { randomBytes } from 'node:crypto'
import { type Kysely, sql } from 'kysely'
import { inject } from 'vitest'
import { connect } from '../../src/adapters/postgres/connect.ts'
import type { DB } from '../../src/adapters/postgres/schema.generated.ts'
import { TEMPLATE } from './global-setup.ts'

export interface TestDatabase extends AsyncDisposable {
  /** For `pg`, child processes, and everything else that connects on its own. */
  readonly url: string
  readonly kysely: Kysely<DB>
}

export interface TestDatabaseOptions {
  /** `migrated` (default): a copy of the schema; `empty`: no tables at all. */
  readonly schema?: 'migrated' | 'empty'
  /** Connections of `kysely` at most. */
  readonly max?: number
}

/** A database of its own for one test or file; dropped at the end, whoever is still connected. */
export const createDatabase = async (options: TestDatabaseOptions = {}): Promise<TestDatabase> => {
  const { schema = 'migrated', max = 10 } = options
  const name = `test_${randomBytes(8).toString('hex')}`
  const adminUrl = inject('postgresUrl')
  await administer(adminUrl, async (admin) => {
    await sql`create database ${sql.id(name)} template ${sql.id(schema === 'empty' ? 'template0' : TEMPLATE)}`.execute(
      admin,
    )
  })
  const url = new URL(adminUrl)
  url.pathname = `/${name}`
  const kysely = connect(url.href, { max, applicationName: 'telecine test' })
  return {
    url: url.href,
    kysely,
    async [Symbol.asyncDispose]() {
      await kysely.destroy()
      await administer(adminUrl, async (admin) => {
        await sql`drop database ${sql.id(name)} with (force)`.execute(admin)
      })
    },
  }
}

const administer = async (url: string, work: (admin: Kysely<DB>) => Promise<void>): Promise<void> => {
  const admin = connect(url, { max: 1, applicationName: 'telecine tests' })
  try {
    await work(admin)
  } finally {
    await admin.destroy()
  }
}

import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { type Kysely, sql } from 'kysely'
import { expect } from 'vitest'
import type { DB } from '../../src/adapters/postgres/schema.generated.ts'
import { builtProgram } from '../support/built-program.ts'
import { createDatabase } from '../support/database.ts'

export type Settings = Readonly<Record<string, string>>

interface Run {
  /** After the command. */
  readonly args?: readonly string[]
  /** A command that runs it with other rights. */
  readonly wrapper?: readonly string[]
}

/** Runs the command to its end, which must be exit code 2 after one line. */
export const refusalOf = async (
  command: string,
  settings: Settings,
  { args = [], wrapper = [] }: Run = {},
): Promise<string> => {
  const [file = '', ...rest] = [...wrapper, process.execPath, builtProgram(), command, ...args]
  const env = { PATH: process.env['PATH'], HOME: '/', ...settings }
  const ended = await promisify(execFile)(file, rest, { env }).catch((error: unknown) => Object(error))
  expect([ended.code, ended.stdout]).toEqual([2, ''])
  const lines = String(ended.stderr).trimEnd().split('\n')
  expect(lines).toHaveLength(1)
  return lines[0] ?? ''
}

export const databaseSettings = (url: string): Settings => ({
  ...{ TELECINE_DATABASE_URL: url, TELECINE_MASTER_KEY: randomBytes(32).toString('base64') },
})

export interface Refused {
  readonly command: string
  readonly dataDir: string
}

const lineOn = (url: string, { command, dataDir }: Refused): Promise<string> => {
  const folders = { TELECINE_DATA_DIR: dataDir, TELECINE_LISTEN: '127.0.0.1:0' }
  return refusalOf(command, { ...databaseSettings(url), ...folders })
}

export const expectRefusedWhereThereIsNone = async (refused: Refused): Promise<void> => {
  await using database = await createDatabase()
  const url = new URL(database.url)
  url.pathname = '/nowhere'
  expect(await lineOn(url.href, refused)).toMatch(/^TELECINE_DATABASE_URL must be .*"nowhere"/)
}

export const expectRefusedByNewer = async (refused: Refused): Promise<void> => {
  await using database = await createDatabase()
  await sql`insert into kysely_migration (name, timestamp) values ('9999_holograms', '9999-01-01T00:00:00.000Z')`.execute(
    database.kysely,
  )
  expect(await lineOn(database.url, refused)).toMatch(/^the database is of a newer version of Telecine/)
}

/** What a role may do besides connecting. */
export type Rights = 'nothing' | 'tables'

export const expectRefusedWithRights = async (rights: Rights, refused: Refused): Promise<void> => {
  await using database = await createDatabase({ schema: 'empty' })
  const { rows } = await sql<{ name: string }>`select current_database() as name`.execute(database.kysely)
  await using role = await createRole(database.kysely, rights === 'tables' ? ['create on schema public'] : [])
  const line = await lineOn(role.urlOn(database.url), refused)
  expect(line).toMatch(
    /^TELECINE_DATABASE_URL must be of a role .* the right CREATE on the database and on its schema public; /,
  )
  expect(line).toContain(`permission denied for ${rights === 'tables' ? `database ${rows[0]?.name}` : 'schema public'}`)
}

const createRole = async (db: Kysely<DB>, granted: readonly string[]) => {
  const name = `guest_${randomBytes(8).toString('hex')}`
  await sql.raw(`create role ${name} login`).execute(db)
  for (const right of granted) await sql.raw(`grant ${right} to ${name}`).execute(db)
  return {
    urlOn(url: string): string {
      const own = new URL(url)
      own.username = name
      return own.href
    },
    async [Symbol.asyncDispose]() {
      await sql.raw(`drop owned by ${name}; drop role ${name}`).execute(db)
    },
  }
}

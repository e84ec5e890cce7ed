import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { migrate } from '../../src/adapters/postgres/migrate.ts'
import { LIVE_WORKERS } from '../../src/engine/live-workers.ts'
import { WorkerSession } from '../../src/engine/session.ts'
import { silent } from '../engine/silent.ts'
import { createDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'

test('a test database has the migrated schema and no rows of another one', async () => {
  await using first = await createDatabase()
  await using second = await createDatabase()
  await first.kysely
    .insertInto('project')
    .values({ id: 'a'.repeat(32), name: 'one' })
    .execute()
  expect(await first.kysely.selectFrom('project').select('name').execute()).toEqual([{ name: 'one' }])
  expect(await second.kysely.selectFrom('project').select('name').execute()).toEqual([])
})

test('processes that migrate an empty database at once leave one complete schema', async () => {
  await using database = await createDatabase({ schema: 'empty' })
  const ran = await Promise.all([migrate(database.kysely), migrate(database.kysely), migrate(database.kysely)])
  expect(ran.filter((names) => names.includes('0001_accounts_and_catalog'))).toHaveLength(1)
  expect(await migrate(database.kysely)).toEqual([])
  expect(await database.kysely.selectFrom('asset').select('id').execute()).toEqual([])
})

test('a database of a newer version is refused with its migration', async () => {
  await using database = await createDatabase()
  await sql`insert into kysely_migration (name, timestamp) values ('9999_holograms', '9999-01-01T00:00:00.000Z')`.execute(
    database.kysely,
  )
  await expect(migrate(database.kysely)).rejects.toThrow(/is of a newer version of Telecine.* 9999_holograms;/)
})

test('nothing is migrated while a worker of an older version runs', async () => {
  await using database = await createDatabase({ schema: 'empty' })
  // All that a session needs of the schema.
  await sql`create schema engine; create sequence engine.worker_number as integer`.execute(database.kysely)
  const connection = { connectionString: database.url }
  await using session = new WorkerSession({ connection, logger: silent, onWake: () => undefined })
  await until('the worker is connected', async () => session.worker !== undefined)
  await expect(migrate(database.kysely)).rejects.toThrow('1 worker(s) still run; stop all processes')
  await session[Symbol.asyncDispose]()
  await sql`drop schema engine cascade`.execute(database.kysely)
  await until('its connection ended', async () => (await LIVE_WORKERS.execute(database.kysely)).rows.length === 0)
  expect((await migrate(database.kysely)).length).toBeGreaterThan(0)
})

test('bigint columns and counts arrive as numbers', async () => {
  await using database = await createDatabase({ schema: 'empty' })
  const { rows } = await sql`select 5400000000::bigint as size, count(*) from pg_class where false`.execute(
    database.kysely,
  )
  expect(rows).toEqual([{ size: 5_400_000_000, count: 0 }])
})

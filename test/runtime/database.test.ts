import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { migrate } from '../../src/adapters/postgres/migrate.ts'
import { createDatabase } from '../support/database.ts'

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

test('bigint columns and counts arrive as numbers', async () => {
  await using database = await createDatabase({ schema: 'empty' })
  const { rows } = await sql`select 5400000000::bigint as size, count(*) from pg_class where false`.execute(
    database.kysely,
  )
  expect(rows).toEqual([{ size: 5_400_000_000, count: 0 }])
})

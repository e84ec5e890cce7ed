import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { connect } from '../../src/adapters/postgres/connect.ts'
import { isTransient } from '../../src/engine/transient.ts'
import { createDatabase } from '../support/database.ts'

test('a transaction whose process says nothing more loses its locks soon, and may be repeated', async () => {
  await using db = await createDatabase()
  await sql`create table thing (id integer)`.execute(db.kysely)
  await sql`insert into thing values (1)`.execute(db.kysely)
  const lost = connect(db.url, { max: 1, applicationName: 'lost', idleInTransactionMs: 200 })
  const error = await lost
    .transaction()
    .execute(async (tx) => {
      await sql`update thing set id = 2`.execute(tx)
      // Waits for the lock, as whoever takes over does.
      await sql`update thing set id = 3`.execute(db.kysely)
      await sql`select from thing`.execute(tx)
    })
    .catch((reason: unknown) => reason)
  expect(isTransient(error)).toBe(true)
  await lost.destroy()
  const { rows } = await sql<{ id: number }>`select id from thing`.execute(db.kysely)
  expect(rows).toEqual([{ id: 3 }])
})

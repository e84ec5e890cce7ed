import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { transact } from '../../src/adapters/postgres/transact.ts'
import { createDatabase } from '../support/database.ts'

/** Each locks one and then the other, in opposite orders; the first time both hold one before either asks for the second. */
test('two transactions that wait for each other both succeed, one of them at its second try', async () => {
  await using db = await createDatabase()
  const both = Promise.withResolvers<void>()
  let holding = 0
  let tries = 0
  const lock = ([first, second]: readonly [number, number]) =>
    transact(db.kysely, async (trx) => {
      tries += 1
      await sql`select pg_advisory_xact_lock(${first})`.execute(trx)
      holding += 1
      if (holding === 2) both.resolve()
      await both.promise
      await sql`select pg_advisory_xact_lock(${second})`.execute(trx)
      return second
    })
  expect(await Promise.all([lock([1, 2]), lock([2, 1])])).toEqual([2, 1])
  expect(tries).toBe(3)
})

test('a transaction that fails by itself is not repeated', async () => {
  await using db = await createDatabase()
  let tries = 0
  const failing = transact(db.kysely, async (trx) => {
    tries += 1
    await sql`select 1 / 0`.execute(trx)
  })
  await expect(failing).rejects.toThrow(/division by zero/)
  expect(tries).toBe(1)
})

import { sql } from 'kysely'
import { getRollbackPlans } from 'pg-boss'
import { expect, test } from 'vitest'
import { createEngine } from '../../src/engine/engine.ts'
import { createDatabase } from '../support/database.ts'
import { createEngineUnderTest, nothing, write } from './engine-under-test.ts'
import { silent } from './silent.ts'

const WORKER = 1

test('twenty workers polling at once never claim the same task', async () => {
  await using under = await createEngineUnderTest({ max: 20 })
  await under.start({ queue: 'chunk', inputs: Array.from({ length: 100 }, (_, n) => n) })
  const pollUntilEmpty = async (worker: number) => {
    const mine = []
    for (;;) {
      const claims = await under.engine.fetch('chunk', 2, worker)
      if (claims.length === 0) return mine
      mine.push(...claims)
    }
  }
  const claims = (await Promise.all(Array.from({ length: 20 }, (_, n) => pollUntilEmpty(n)))).flat()
  expect([claims.length, new Set(claims.map(({ taskId }) => taskId)).size]).toEqual([100, 100])
  expect(claims.map(({ input }) => Number(input)).sort((a, b) => a - b)).toEqual(
    Array.from({ length: 100 }, (_, n) => n),
  )
})

test('a step whose transaction rolled back leaves nothing', async () => {
  await using under = await createEngineUnderTest()
  const { engine, db } = under
  const failing = db.kysely.transaction().execute(async (tx) => {
    const step = {
      subject: 'asset',
      tenant: 'project',
      kind: 'work',
      queue: 'io',
      inputs: [1, 2],
      retryLimit: 0,
      retrySeconds: 0,
    } as const
    await engine.startStep(tx, step)
    throw new Error('the caller changed its mind')
  })
  await expect(failing).rejects.toThrow('changed its mind')
  expect(await engine.fetch('io', 10, WORKER)).toEqual([])
  expect(await engine.workOf('asset')).toEqual([])
  const { rows } = await sql<{ n: number }>`select count(*)::integer as n from pgboss.job`.execute(db.kysely)
  expect(rows).toEqual([{ n: 0 }])
})

test('a delayed task is claimed when its time has come, not before', async () => {
  await using under = await createEngineUnderTest()
  await under.start({ delaySeconds: 3600 })
  expect(await under.engine.fetch('light', 1, WORKER)).toEqual([])
  await sql`update pgboss.job set start_after = start_after - interval '3599 seconds 900 ms'`.execute(under.db.kysely)
  await expect.poll(() => under.engine.fetch('light', 1, WORKER)).toHaveLength(1)
})

test('a completion after a lost claim changes nothing', async () => {
  await using under = await createEngineUnderTest()
  const { engine } = under
  await under.start()
  const [frozen] = await engine.fetch('light', 1, WORKER)
  if (!frozen) throw new Error('nothing to claim')
  expect(await engine.fail(frozen, { type: 'abandoned', reason: 'frozen' }, nothing)).toBe('retry')
  expect(await engine.complete(frozen, write('while it waited'))).toBe('lost')
  const [current] = await engine.fetch('light', 1, WORKER + 1)
  if (!current) throw new Error('nothing to claim')
  expect(current.attempt).toBe(2)

  expect(await engine.touch(frozen, 0.5, write('a lost touch'))).toBe('lost')
  expect(await engine.complete(frozen, write('a lost completion'))).toBe('lost')
  expect(await engine.fail(frozen, { type: 'failed', reason: 'late', permanent: true }, write('a lost failure'))).toBe(
    'lost',
  )
  expect(await under.written()).toEqual([])

  expect(await engine.complete(current, write('done'))).toBe('done')
  expect(await engine.complete(frozen, write('a late completion'))).toBe('lost')
  expect(await under.written()).toEqual(['done'])
})

test('a claim lost while its effect runs rolls the effect back', async () => {
  await using under = await createEngineUnderTest()
  const { engine } = under
  await under.start()
  const [claim] = await engine.fetch('light', 1, WORKER)
  if (!claim) throw new Error('nothing to claim')
  const answer = await engine.complete(claim, async (trx) => {
    await write('half')(trx)
    await engine.fail(claim, { type: 'abandoned', reason: 'frozen' }, nothing)
  })
  expect([answer, await under.written()]).toEqual(['lost', []])
})

test('a completion whose answer got lost may be repeated and is written once', async () => {
  await using under = await createEngineUnderTest()
  await under.start()
  const [claim] = await under.engine.fetch('light', 1, WORKER)
  if (!claim) throw new Error('nothing to claim')
  expect(await under.engine.complete(claim, write('done'))).toBe('done')
  expect(await under.engine.complete(claim, write('done again'))).toBe('done')
  expect(await under.written()).toEqual(['done'])
})

test('an effect that fails leaves the claim as it was', async () => {
  await using under = await createEngineUnderTest()
  await under.start()
  const [claim] = await under.engine.fetch('light', 1, WORKER)
  if (!claim) throw new Error('nothing to claim')
  const failing = under.engine.complete(claim, async (trx) => {
    await write('half')(trx)
    throw new Error('constraint')
  })
  await expect(failing).rejects.toThrow('constraint')
  expect(await under.written()).toEqual([])
  expect(await under.engine.touch(claim, 0)).toBe('held')
})

test('many processes may start at once on an empty database', async () => {
  await using db = await createDatabase({ max: 8 })
  await sql`drop schema if exists pgboss cascade`.execute(db.kysely)
  const engines = await Promise.all(Array.from({ length: 6 }, () => createEngine({ db: db.kysely, logger: silent })))
  const step = {
    subject: 'asset',
    tenant: 'project',
    kind: 'work',
    queue: 'io',
    inputs: [1],
    retryLimit: 0,
    retrySeconds: 0,
  } as const
  for (const engine of engines) await db.kysely.transaction().execute((tx) => engine.startStep(tx, step))
  expect(await engines[0]?.fetch('io', 10, WORKER)).toHaveLength(6)
  for (const engine of engines) await engine[Symbol.asyncDispose]()
})

test('the schema of an older pg-boss is upgraded', async () => {
  await using db = await createDatabase()
  const version = async () => {
    const { rows } = await sql<{ version: number }>`select version from pgboss.version`.execute(db.kysely)
    return rows[0]?.version ?? 0
  }
  await using first = await createEngine({ db: db.kysely, logger: silent })
  expect(await first.fetch('io', 1, WORKER)).toEqual([])
  const current = await version()
  await sql.raw(getRollbackPlans('pgboss', current)).execute(db.kysely)
  expect(await version()).toBe(current - 1)
  await using second = await createEngine({ db: db.kysely, logger: silent })
  expect(await version()).toBe(current)
  expect(await second.fetch('io', 1, WORKER)).toEqual([])
})

import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { deathOf } from '../../src/engine/next-try.ts'
import { createEngineUnderTest, type EngineUnderTest, eventually, nothing, write } from './engine-under-test.ts'

const WORKER = 1

const claimOne = async ({ engine }: EngineUnderTest, queue: 'light' | 'io' | 'chunk' = 'light') => {
  const [claim] = await engine.fetch(queue, 1, WORKER)
  if (!claim) throw new Error(`nothing to claim in ${queue}`)
  return claim
}

/** Lets the one task begin its next try now, and answers how long that would have had to wait. */
const hurry = async ({ db }: EngineUnderTest): Promise<number> => {
  const { rows } = await sql<{ seconds: number }>`
    with due as (select id, extract(epoch from start_after - now())::real as seconds from pgboss.job)
    update pgboss.job j set start_after = now() from due where due.id = j.id returning due.seconds
  `.execute(db.kysely)
  return rows[0]?.seconds ?? 0
}

test('two hundred completions at once start the next step once', async () => {
  await using under = await createEngineUnderTest({ max: 20 })
  const { engine } = under
  const chunks = await under.start({ queue: 'chunk', inputs: Array.from({ length: 200 }, (_, n) => n) })
  const audio = await under.start({ queue: 'io', kind: 'audio' })
  await under.start({ queue: 'light', kind: 'finish', inputs: ['finish'], after: [chunks, audio] })
  const claims = await engine.fetch('chunk', 200, WORKER)
  expect(claims).toHaveLength(200)

  const answers = await Promise.all(claims.map((claim) => engine.complete(claim, write(`chunk ${claim.input}`))))
  expect(new Set(answers)).toEqual(new Set(['done']))
  expect(await engine.fetch('light', 10, WORKER)).toEqual([])

  expect(await engine.complete(await claimOne(under, 'io'), nothing)).toBe('done')
  expect((await engine.fetch('light', 10, WORKER)).map(({ input }) => input)).toEqual(['finish'])
  expect(await engine.fetch('light', 10, WORKER)).toEqual([])
  expect(new Set(await under.written()).size).toBe(200)
})

test('two steps that end at the same time start the step that waits for both once', async () => {
  await using under = await createEngineUnderTest({ max: 20 })
  for (let round = 0; round < 20; round++) {
    const before = [await under.start({ queue: 'io' }), await under.start({ queue: 'chunk' })]
    await under.start({ queue: 'light', after: before })
    const claims = [await claimOne(under, 'io'), await claimOne(under, 'chunk')]
    await Promise.all(claims.map((claim) => under.engine.complete(claim, nothing)))
    expect(await under.engine.fetch('light', 10, WORKER)).toHaveLength(1)
  }
})

test('a step that follows one that is done begins at once', async () => {
  await using under = await createEngineUnderTest()
  const first = await under.start()
  await under.engine.complete(await claimOne(under), nothing)
  await under.start({ queue: 'io', after: [first] })
  expect(await under.engine.fetch('io', 1, WORKER)).toHaveLength(1)
})

test('an effect may start the next step, and it is there together with the completion', async () => {
  await using under = await createEngineUnderTest()
  await under.start()
  const next = {
    subject: 'asset',
    tenant: 'project',
    kind: 'next',
    queue: 'io',
    inputs: [7],
    retryLimit: 0,
    retrySeconds: 0,
  } as const
  const answer = await under.engine.complete(await claimOne(under), async (trx) => {
    await under.engine.startStep(trx, next)
  })
  expect(answer).toBe('done')
  expect(await claimOne(under, 'io')).toMatchObject({ kind: 'next', input: 7, attempt: 1 })
})

test('a failed try waits longer each time, as often as it takes, and is given up when its time is over', async () => {
  await using under = await createEngineUnderTest()
  const { engine, db } = under
  await under.start({ retryLimit: 0, retrySeconds: 3600 })
  const pauses: number[] = []
  const end = { type: 'failed', reason: 'the store is away', permanent: false } as const
  for (const attempt of [1, 2]) {
    const claim = await claimOne(under)
    expect(claim.attempt).toBe(attempt)
    expect(await engine.fail(claim, end, write('given up too early'))).toBe('retry')
    expect(await engine.fetch('light', 1, WORKER)).toEqual([])
    expect(await engine.workOf('asset')).toMatchObject([{ state: 'queued', reason: 'the store is away', attempt }])
    pauses.push(await hurry(under))
  }
  const [first = 0, second = 0] = pauses
  expect(first).toBeGreaterThan(1)
  expect(first).toBeLessThan(4.1)
  expect(second).toBeGreaterThan(3)
  expect(second).toBeLessThan(8.1)
  await sql`update engine.task set first_tried_at = first_tried_at - interval '1 hour'`.execute(db.kysely)
  expect(await engine.fail(await claimOne(under), end, write('given up'))).toBe('given_up')
  expect(await under.written()).toEqual(['given up'])
  expect(await engine.workOf('asset')).toMatchObject([{ state: 'failed', reason: 'the store is away', attempt: 3 }])
})

test('a permanent failure gives up at once, with the other tasks of the step and all that waits for it', async () => {
  await using under = await createEngineUnderTest()
  const { engine } = under
  const chunks = await under.start({ inputs: [1, 2, 3] })
  const pack = await under.start({ queue: 'io', kind: 'pack', after: [chunks] })
  await under.start({ queue: 'io', kind: 'publish', after: [pack] })
  const [bad, running] = await engine.fetch('light', 2, WORKER)
  if (!bad || !running) throw new Error('two claims expected')
  const end = { type: 'failed', reason: 'no video in it', permanent: true } as const
  expect(await engine.fail(bad, end, write('failed'))).toBe('given_up')
  expect(await under.written()).toEqual(['failed'])
  expect((await engine.workOf('asset')).map(({ state }) => state)).toEqual(['failed', 'cancelled', 'cancelled'])
  expect(await engine.touch(running, 0.5)).toBe('lost')
  expect(await engine.complete(running, write('too late'))).toBe('lost')
  expect(await engine.fetch('light', 10, WORKER)).toEqual([])
  await expect(under.start({ after: [chunks] })).rejects.toThrow('it is failed')
})

const dies = async (under: EngineUnderTest) => {
  const claim = await claimOne(under)
  return under.engine.fail(claim, deathOf(claim), write('given up'))
}

test('a task whose worker died is there at once the first two times, then after longer and longer pauses', async () => {
  await using under = await createEngineUnderTest()
  await under.start({ retryLimit: 0 })
  for (const _ of ['first', 'second']) expect(await dies(under)).toBe('retry')
  const pauses: number[] = []
  for (const _ of ['third', 'fourth', 'fifth']) {
    expect(await dies(under)).toBe('retry')
    expect(await under.engine.fetch('light', 1, WORKER)).toEqual([])
    pauses.push(await hurry(under))
  }
  for (const [n, pause] of pauses.entries()) {
    expect(pause).toBeGreaterThan(2 ** n - 0.5)
    expect(pause).toBeLessThanOrEqual(2 ** (n + 1))
  }
})

test('a task that kills its worker twenty times in a row is given up', async () => {
  await using under = await createEngineUnderTest()
  await under.start({ retryLimit: 0 })
  for (let death = 1; death <= 19; death++) {
    expect(await dies(under)).toBe('retry')
    await hurry(under)
  }
  expect(await under.written()).toEqual([])
  expect(await dies(under)).toBe('given_up')
  expect(await under.written()).toEqual(['given up'])
  const reason =
    'the worker died while working on this, the last of 20 such ends in a row; the file may be the cause, for instance by the memory that it needs'
  expect(await under.engine.workOf('asset')).toMatchObject([{ state: 'failed', attempt: 20, reason }])
})

test('a try that the worker survives ends the row of deaths', async () => {
  await using under = await createEngineUnderTest()
  await under.start()
  for (let death = 1; death <= 25; death++) {
    expect(await dies(under)).toBe('retry')
    await hurry(under)
    if (death % 10 > 0) continue
    const ending = { type: 'failed', reason: 'the store is away', permanent: false } as const
    expect(await under.engine.fail(await claimOne(under), ending, nothing)).toBe('retry')
    await hurry(under)
  }
})

test('tries that took too long are counted apart from errors and from deaths of workers', async () => {
  await using under = await createEngineUnderTest()
  const { engine } = under
  await under.start({ retryLimit: 2 })
  const endings = [
    { type: 'failed', reason: 'the store is away', permanent: false },
    { type: 'suspect', reason: 'it took too long' },
    { type: 'failed', reason: 'the store is away', permanent: false },
    { type: 'abandoned', reason: 'killed' },
    { type: 'suspect', reason: 'it took too long' },
    { type: 'abandoned', reason: 'killed' },
    { type: 'suspect', reason: 'it took too long' },
  ] as const
  const answers = []
  for (const ending of endings) {
    answers.push(await engine.fail(await claimOne(under), ending, write('given up')))
    await hurry(under)
  }
  expect(answers).toEqual([...Array.from({ length: 6 }, () => 'retry'), 'given_up'])
  expect(await under.written()).toEqual(['given up'])
})

test('a task handed back is there at once and the try does not count', async () => {
  await using under = await createEngineUnderTest()
  await under.start({ retryLimit: 0 })
  const drained = await claimOne(under)
  expect(await under.engine.fail(drained, { type: 'handed_back' }, write('given up'))).toBe('retry')
  const next = await claimOne(under)
  expect(next.attempt).toBe(1)
  expect(await under.engine.complete(drained, write('too late'))).toBe('lost')
  expect(await under.engine.complete(next, write('done'))).toBe('done')
  expect(await under.written()).toEqual(['done'])
})

test('a cancelled subject has no work left, whatever its state was; others keep theirs', async () => {
  await using under = await createEngineUnderTest()
  const { engine, db } = under
  const first = await under.start({ inputs: [1, 2] })
  await under.start({ queue: 'io', after: [first] })
  await under.start({ queue: 'io', delaySeconds: 3600 })
  await under.start({ subject: 'other', queue: 'chunk' })
  const claim = await claimOne(under)
  expect(await db.kysely.transaction().execute((tx) => engine.cancel(tx, 'asset'))).toBe(3)
  expect(await engine.touch(claim, 0.1)).toBe('lost')
  expect(await engine.complete(claim, write('too late'))).toBe('lost')
  expect((await engine.workOf('asset')).map(({ state }) => state)).toEqual(['cancelled', 'cancelled', 'cancelled'])
  const { rows } = await sql<{ name: string }>`select name from pgboss.job`.execute(db.kysely)
  expect(rows).toEqual([{ name: 'chunk' }])
  expect(await db.kysely.transaction().execute((tx) => engine.cancel(tx, 'asset'))).toBe(0)
})

test('a cancel that meets completions and their next steps leaves nothing alive', async () => {
  await using under = await createEngineUnderTest({ max: 20 })
  const { engine, db } = under
  for (let round = 0; round < 10; round++) {
    const subject = `asset ${round}`
    await under.start({ subject, queue: 'chunk', inputs: Array.from({ length: 8 }, (_, n) => n) })
    const claims = await engine.fetch('chunk', 8, WORKER)
    const next = {
      subject,
      tenant: 'project',
      kind: 'next',
      queue: 'io',
      inputs: [0],
      retryLimit: 0,
      retrySeconds: 0,
    } as const
    await Promise.all([
      ...claims.map((claim) =>
        engine.complete(claim, async (trx) => {
          await engine.startStep(trx, next)
        }),
      ),
      db.kysely.transaction().execute((tx) => engine.cancel(tx, subject)),
    ])
    const open = (await engine.workOf(subject)).filter(({ state }) => ['waiting', 'queued', 'running'].includes(state))
    expect(open).toEqual([])
    expect(await engine.fetch('io', 10, WORKER)).toEqual([])
  }
})

test('the progress of a subject can be read', async () => {
  await using under = await createEngineUnderTest()
  const { engine } = under
  await under.start({ subject: 'asset', tenant: 'one', kind: 'encode', inputs: [1, 2] })
  expect(await engine.workOf('asset')).toMatchObject([{ kind: 'encode', state: 'queued', progress: 0, attempt: 0 }])
  const claim = await claimOne(under)
  expect(await engine.touch(claim, 0.5)).toBe('held')
  expect(await engine.workOf('asset')).toMatchObject([{ state: 'running', progress: 0.25, attempt: 1 }])
  await engine.complete(claim, nothing)
  expect(await engine.workOf('asset')).toMatchObject([{ state: 'running', progress: 0.5 }])
})

test('a caller that locked a row of its own may cancel while a completion waits for that row', async () => {
  await using under = await createEngineUnderTest()
  const { engine, db } = under
  await sql`insert into effect (text) values ('asset')`.execute(db.kysely)
  await under.start()
  const claim = await claimOne(under)
  const rename = (text: string) => sql`update effect set text = ${text}`
  const completing = await db.kysely.transaction().execute(async (tx) => {
    await rename('deleted').execute(tx)
    const completion = engine.complete(claim, async (trx) => {
      await rename('completed').execute(trx)
    })
    await eventually(async () => {
      const { rows } = await sql`select from pg_locks where not granted`.execute(db.kysely)
      return rows.length > 0
    })
    expect(await engine.cancel(tx, 'asset')).toBe(1)
    return { completion }
  })
  expect(await completing.completion).toBe('lost')
  expect(await under.written()).toEqual(['deleted'])
})

test('steps that ended long ago are forgotten, with their tasks', async () => {
  await using under = await createEngineUnderTest()
  const { engine, db } = under
  await under.start()
  await engine.complete(await claimOne(under), nothing)
  await under.start()
  await engine.complete(await claimOne(under), nothing)
  await under.start()
  await sql`update engine.step set ended_at = now() - interval '31 days' where id = 1`.execute(db.kysely)
  expect(await engine.purge()).toBe('done')
  expect((await engine.workOf('asset')).map(({ state }) => state)).toEqual(['done', 'queued'])
  const { rows } = await sql<{ n: number }>`select count(*)::integer as n from engine.task`.execute(db.kysely)
  expect(rows).toEqual([{ n: 2 }])
})

test('the tasks of a subject are those that wait or run, or were given up a moment ago', async () => {
  await using under = await createEngineUnderTest()
  const { engine, db } = under
  const look = async () =>
    (await db.kysely.transaction().execute((tx) => engine.tasksOf('film', tx))).map(({ input, state }) => [
      input,
      state,
    ])
  await under.start({ subject: 'film', inputs: ['first'] })
  await under.start({ subject: 'other', queue: 'io', inputs: ['of another'] })
  expect(await look()).toEqual([['first', 'queued']])
  const claim = await claimOne(under)
  expect(await look()).toEqual([['first', 'running']])
  await engine.fail(claim, { type: 'failed', reason: 'no', permanent: true }, nothing)
  await under.start({ subject: 'film', inputs: ['second'] })
  expect(await look()).toEqual([
    ['first', 'failed'],
    ['second', 'queued'],
  ])
  await engine.complete(await claimOne(under), nothing)
  await sql`update engine.step set ended_at = ended_at - interval '2 minutes'`.execute(db.kysely)
  expect(await look()).toEqual([])
})

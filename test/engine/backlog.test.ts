import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { createEngineUnderTest, type EngineUnderTest, nothing } from './engine-under-test.ts'

const waiting = async ({ engine }: EngineUnderTest) =>
  (await engine.backlog()).map(({ queue, tenant, tasks, running }) => `${queue} ${tenant} ${tasks} + ${running}`)

test('what waits and what runs is counted by queue and tenant, without what has ended', async () => {
  await using under = await createEngineUnderTest()
  expect(await under.engine.backlog()).toEqual([])
  await under.start({ tenant: 'b', queue: 'chunk', inputs: [1, 2, 3] })
  await under.start({ tenant: 'a', queue: 'io', inputs: [1] })
  await under.start({ tenant: 'b', queue: 'io', inputs: [1] })
  const [ended] = await under.engine.fetch('chunk', 2, 1)
  if (!ended) throw new Error('a task was there')
  await under.engine.complete(ended, nothing)
  expect(await waiting(under)).toEqual(['chunk b 1 + 1', 'io a 1 + 0', 'io b 1 + 0'])
  await under.engine.fetch('chunk', 1, 1)
  expect(await waiting(under)).toEqual(['chunk b 0 + 2', 'io a 1 + 0', 'io b 1 + 0'])
})

test('kinds of work in the same queue are told apart', async () => {
  await using under = await createEngineUnderTest()
  await under.start({ queue: 'light', kind: 'cover', inputs: [1, 2] })
  await under.start({ queue: 'light', kind: 'sweep', inputs: [1] })
  await sql`update pgboss.job set start_after = now() - interval '5 minutes'
    where id in (select t.id from engine.task t join engine.step s on s.id = t.step_id where s.kind = 'sweep')`.execute(
    under.db.kysely,
  )
  await under.engine.fetch('light', 1, 1)
  const figures = (await under.engine.backlog()).map(({ kind, tasks, running, oldestSeconds }) => ({
    ...{ kind, tasks, running, isOld: oldestSeconds > 200 },
  }))
  expect(figures).toEqual([
    { kind: 'cover', tasks: 1, running: 1, isOld: false },
    { kind: 'sweep', tasks: 1, running: 0, isOld: true },
  ])
})

test('what waits for other steps, or for its time, is not due', async () => {
  await using under = await createEngineUnderTest()
  const first = await under.start({ queue: 'io' })
  await under.start({ queue: 'chunk', after: [first] })
  await under.start({ queue: 'light', delaySeconds: 3600 })
  expect(await waiting(under)).toEqual(['io project 1 + 0'])
  await sql`update pgboss.job set start_after = now() where name = 'light'`.execute(under.db.kysely)
  expect(await waiting(under)).toEqual(['io project 1 + 0', 'light project 1 + 0'])
})

test('a task whose try failed is due again when the pause before the next one is over', async () => {
  await using under = await createEngineUnderTest()
  await under.start()
  const [claim] = await under.engine.fetch('light', 1, 1)
  if (!claim) throw new Error('the task was there')
  await under.engine.fail(claim, { type: 'failed', reason: 'the store is away', permanent: false }, nothing)
  expect(await waiting(under)).toEqual([])
  await sql`update pgboss.job set start_after = now()`.execute(under.db.kysely)
  expect(await waiting(under)).toEqual(['light project 1 + 0'])
})

test('the age is that of the task that waits longest, since it could run', async () => {
  await using under = await createEngineUnderTest()
  await under.start({ inputs: [1, 2] })
  await sql`update pgboss.job set start_after = now() - interval '5 minutes'`.execute(under.db.kysely)
  await under.start({ inputs: [1, 2] })
  const [{ oldestSeconds = 0 } = {}] = await under.engine.backlog()
  expect(oldestSeconds).toBeGreaterThanOrEqual(300)
  expect(oldestSeconds).toBeLessThan(400)
})

import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { MOST_COUNTED } from '../../src/core/shared/outlook.ts'
import { PACE_LOCK } from '../../src/engine/server-names.ts'
import { createEngineUnderTest, type EngineUnderTest, nothing } from './engine-under-test.ts'

const WORKER = 1
const numbers = (length: number) => Array.from({ length }, (_, n) => n)

const only = async (under: EngineUnderTest, subject = 'asset') => {
  const { steps } = await under.engine.outlookOf(subject)
  expect(steps).toHaveLength(1)
  return steps[0]
}

/** Has the present tries have begun so long ago. */
const age = ({ db }: EngineUnderTest, seconds: number) =>
  sql`update engine.task set began_at = now() - ${seconds} * interval '1 second' where state = 'running'`.execute(
    db.kysely,
  )

const completeAfter = async (under: EngineUnderTest, seconds: number) => {
  const [claim] = await under.engine.fetch('light', 1, WORKER)
  if (!claim) throw new Error('there is nothing to do')
  await age(under, seconds)
  expect(await under.engine.complete(claim, nothing)).toBe('done')
}

test('what a kind took is measured against what was expected, the first fully and later ones by and by', async () => {
  await using under = await createEngineUnderTest()
  await under.start({ expectedSeconds: 10, inputs: numbers(40) })
  expect((await under.engine.outlookOf('asset')).paces.size).toBe(0)
  await completeAfter(under, 20)
  expect((await under.engine.outlookOf('asset')).paces.get('work')).toBeCloseTo(2, 1)
  await completeAfter(under, 40)
  expect((await under.engine.outlookOf('asset')).paces.get('work')).toBeCloseTo(3, 1)
  for (const _ of numbers(30)) await completeAfter(under, 30)
  await completeAfter(under, 230)
  expect((await under.engine.outlookOf('asset')).paces.get('work')).toBeCloseTo(4, 1)
  expect(await only(under)).toMatchObject({ taskSeconds: expect.closeTo(40, 0), tasks: 40, done: 33 })
})

test('a completion does not wait for another that writes the average of its kind, and leaves it alone', async () => {
  await using under = await createEngineUnderTest()
  await under.start({ inputs: numbers(2) })
  await completeAfter(under, 5)
  await under.db.kysely.transaction().execute(async (other) => {
    await sql`select pg_advisory_xact_lock(${PACE_LOCK}, hashtext('work')), (select ratio from engine.pace for update)`.execute(
      other,
    )
    await completeAfter(under, 500)
  })
  const { rows } = await sql`select samples from engine.pace`.execute(under.db.kysely)
  expect(rows).toEqual([{ samples: 1 }])
})

test('a step that an older version started, or whose try it began, is not measured', async () => {
  await using under = await createEngineUnderTest()
  await under.start({ subject: 'old' })
  await sql`update engine.step set expected_seconds = null`.execute(under.db.kysely)
  await completeAfter(under, 100)
  await under.start({ subject: 'new' })
  const [claim] = await under.engine.fetch('light', 1, WORKER)
  await sql`update engine.task set began_at = null`.execute(under.db.kysely)
  if (claim) await under.engine.complete(claim, nothing)
  expect((await under.engine.outlookOf('new')).paces.size).toBe(0)
})

test('the place in the queue follows the order in which tenants take turns', async () => {
  await using under = await createEngineUnderTest()
  await under.start({ subject: 'backlog', tenant: 'a', inputs: numbers(30), expectedSeconds: 10 })
  await under.start({ subject: 'first', tenant: 'b', expectedSeconds: 5 })
  await under.start({ subject: 'last', tenant: 'a' })
  expect(await only(under, 'backlog')).toMatchObject({ queued: { before: 0 } })
  expect(await only(under, 'first')).toMatchObject({ queued: { before: 1, seconds: 15 } })
  expect(await only(under, 'last')).toMatchObject({ queued: { before: 31, seconds: 306 } })
  const claims = await under.engine.fetch('light', 3, WORKER)
  expect(claims.map(({ subject }) => subject).toSorted()).toEqual(['backlog', 'backlog', 'first'])
  const running = claims.find(({ subject }) => subject === 'backlog')
  if (running) await under.engine.touch(running, 0.5)
  expect(await only(under, 'last')).toMatchObject({ queued: { before: 28, seconds: 281 } })
  const { queues } = await under.engine.outlookOf('last')
  expect(queues.get('light')).toEqual({ running: 3, seconds: 20 })
})

test('many tasks of one step are reported together, with what runs and how long it has', async () => {
  await using under = await createEngineUnderTest()
  await under.start({ inputs: numbers(5), expectedSeconds: 8 })
  const claims = await under.engine.fetch('light', 3, WORKER)
  await age(under, 10)
  const [done, half, quarter] = claims
  if (!done || !half || !quarter) throw new Error('not all were fetched')
  await under.engine.touch(half, 0.5)
  await under.engine.touch(quarter, 0.25)
  await sql`update engine.step set expected_seconds = null`.execute(under.db.kysely)
  await under.engine.complete(done, nothing)
  const step = await only(under)
  expect(step).toMatchObject({ tasks: 5, done: 1, running: 2, runningShare: 0.75, queued: { before: 0 } })
  expect(step?.runningSeconds).toBeGreaterThanOrEqual(20)
  expect(step?.retry).toBeUndefined()
})

test('what waits for a further try says why and until when, and has no place in the queue', async () => {
  await using under = await createEngineUnderTest()
  await under.start()
  const [claim] = await under.engine.fetch('light', 1, WORKER)
  if (!claim) throw new Error('there is nothing to do')
  await under.engine.fail(claim, { type: 'failed', reason: 'disk full', permanent: false }, nothing)
  const { rows } = await sql<{ at: Date }>`select start_after as at from pgboss.job`.execute(under.db.kysely)
  expect(await only(under)).toMatchObject({ queued: undefined, retry: { at: rows[0]?.at, reason: 'disk full' } })
})

test('work that waits for other steps, or has ended, has no place either', async () => {
  await using under = await createEngineUnderTest()
  const before = await under.start({ subject: 'before' })
  await under.start({ after: [before] })
  expect(await only(under)).toMatchObject({ state: 'waiting', queued: undefined, retry: undefined, endedAt: undefined })
  await completeAfter(under, 1)
  expect(await only(under, 'before')).toMatchObject({ state: 'done', endedAt: expect.any(Date), queued: undefined })
  expect(await only(under)).toMatchObject({ state: 'running', queued: { before: 0 } })
})

test('in a long queue the place is bounded, and the time extrapolated from what was counted', async () => {
  await using under = await createEngineUnderTest()
  await under.start({ subject: 'backlog', inputs: numbers(5 * MOST_COUNTED), expectedSeconds: 2 })
  await under.start()
  const place = (await only(under))?.queued
  expect(place?.before).toBe(MOST_COUNTED)
  expect(place?.seconds).toBeGreaterThan(9_900)
  expect(place?.seconds).toBeLessThan(10_100)
})

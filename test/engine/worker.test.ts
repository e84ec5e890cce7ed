import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { runWorker } from '../../src/engine/run-worker.ts'
import { createEngineUnderTest, type EngineUnderTest, eventually } from './engine-under-test.ts'
import { cutOffReasons, fixtureTasks, note } from './fixture-tasks.ts'
import { silent } from './silent.ts'

interface RunningWorker extends AsyncDisposable {
  /** Asks it to go; resolves when it has. */
  stop(): Promise<void>
}

const startWorker = ({ db, engine }: EngineUnderTest, { slots = 1, drainSeconds = 0 } = {}): RunningWorker => {
  const going = new AbortController()
  const ended = runWorker({
    engine,
    tasks: fixtureTasks(db.kysely),
    bind: (trx) => trx,
    connection: { connectionString: db.url },
    slots: { demand: 0, io: 0, probe: 0, chunk: 0, light: slots, edge: 0 },
    signal: going.signal,
    drainSeconds,
    logger: silent,
  })
  const stop = async (): Promise<void> => {
    going.abort()
    await ended
  }
  return { stop, [Symbol.asyncDispose]: stop }
}

const said = (under: EngineUnderTest, pattern: RegExp): Promise<RegExpExecArray> =>
  eventually(async () => {
    const lines = await under.written()
    return lines.map((line) => pattern.exec(line)).find((match) => match !== null)
  })

test('a cancelled task hears of it, and the process that it runs is killed', async () => {
  await using under = await createEngineUnderTest()
  await using _worker = startWorker(under)
  await under.start({ kind: 'child' })
  const child = Number((await said(under, / child (\d+)/))[1])
  expect(() => process.kill(child, 0)).not.toThrow()
  await under.db.kysely.transaction().execute((tx) => under.engine.cancel(tx, 'asset'))
  await eventually(async () => {
    try {
      return !process.kill(child, 0)
    } catch {
      return true
    }
  })
  await under.start({ subject: 'next', kind: 'announced' })
  await said(under, /done/)
  expect((await under.written()).filter((line) => line.includes('failed'))).toEqual([])
})

test('what a definition wants written at the start, at the end and when given up is written', async () => {
  await using under = await createEngineUnderTest()
  await using _worker = startWorker(under)
  await under.start({ kind: 'announced' })
  await said(under, /done/)
  await under.start({ kind: 'bad' })
  await said(under, /failed/)
  const me = process.pid
  expect(await under.written()).toEqual([`${me} started`, `${me} done`, `${me} failed: no video in it`])
})

test('a result that cannot be written fails the try', async () => {
  await using under = await createEngineUnderTest()
  await using _worker = startWorker(under)
  await under.start({ kind: 'unwritable', retrySeconds: 0 })
  await said(under, /failed/)
  expect(await under.written()).toEqual([`${process.pid} failed: constraint`])
})

test('a try that takes too long is ended, whether it listens or not', async () => {
  await using under = await createEngineUnderTest()
  await using _worker = startWorker(under, { slots: 2 })
  await under.start({ subject: 'slow', kind: 'slow', retryLimit: 0 })
  await under.start({ subject: 'deaf', kind: 'deaf', retryLimit: 0 })
  await eventually(async () => (await under.written()).length === 2)
  expect(new Set(await under.written())).toEqual(new Set([`${process.pid} failed: it took longer than 0.2 s`]))
})

test('a task whose process is killed from outside has as many tries as one whose worker dies, and no more', async () => {
  await using under = await createEngineUnderTest()
  const { kysely } = under.db
  await under.start({ kind: 'killed', retryLimit: 0, retrySeconds: 0 })
  await sql`update engine.task set deaths = 16`.execute(kysely)
  await using _worker = startWorker(under)
  const failed = await eventually(async () => {
    // We do not sit through the minutes.
    await sql`update pgboss.job set start_after = now() where start_after > now()`.execute(kysely)
    return (await under.written()).find((line) => line.includes('failed'))
  })
  expect(failed).toContain('FFmpeg was killed from outside while working on this, the last of 20 such ends in a row')
  expect((await under.written()).filter((line) => line.includes('begun'))).toHaveLength(4)
})

test('a worker that drains finishes what runs and begins nothing new', async () => {
  await using under = await createEngineUnderTest()
  await using worker = startWorker(under, { drainSeconds: 60 })
  await under.start({ kind: 'hold', inputs: [1, 2] })
  await said(under, /begun 1/)
  const stopped = worker.stop()
  await note(under.db.kysely, 'release')
  await stopped
  expect((await under.written()).filter((line) => line.endsWith('done'))).toHaveLength(1)
  expect(await under.engine.workOf('asset')).toMatchObject([{ progress: 0.5 }])
  expect(await under.engine.fetch('light', 10, 1)).toHaveLength(1)
})

test('a worker that has no time left hands its task back without counting the try', async () => {
  await using under = await createEngineUnderTest()
  await using worker = startWorker(under, { drainSeconds: 0 })
  await under.start({ kind: 'hold', retryLimit: 0 })
  await said(under, /begun 1/)
  await worker.stop()
  expect(await under.engine.workOf('asset')).toMatchObject([{ state: 'queued', attempt: 0 }])
  await using _other = startWorker(under)
  await note(under.db.kysely, 'release')
  await said(under, /done/)
  expect((await under.written()).filter((line) => line.endsWith('begun 1'))).toHaveLength(2)
})

test('a worker survives the end of all its connections and keeps its claims', async () => {
  await using under = await createEngineUnderTest()
  const { kysely } = under.db
  await using _worker = startWorker(under, { slots: 2 })
  await under.start({ kind: 'hold', inputs: [1, 2] })
  await eventually(async () => (await under.written()).length === 2)
  const before = await sessionPid(under)
  const endAll = sql`
    select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
  `
  // The pool is ours, too: it may hand out a connection that ended before it noticed.
  const outlasting = <T>(ask: () => Promise<T>) => eventually(() => ask().catch(() => undefined))
  for (let n = 0; n < 3; n++) {
    await outlasting(() => endAll.execute(kysely))
    await outlasting(() => sessionPid(under))
  }
  expect(await sessionPid(under)).not.toBe(before)
  await note(kysely, 'release')
  await eventually(async () => (await under.written()).filter((line) => line.endsWith('done')).length === 2)
  expect((await under.written()).filter((line) => line.includes('begun'))).toHaveLength(2)
  await under.start({ subject: 'next', kind: 'announced' })
  await eventually(async () => (await under.engine.workOf('next'))[0]?.state === 'done')
})

test('a worker that hears nothing from PostgreSQL stops before others take its task, and no two tries share a name', async () => {
  await using under = await createEngineUnderTest()
  await using _worker = startWorker(under)
  await under.start({ kind: 'cut off', retryLimit: 0, retrySeconds: 0 })
  await said(under, /try/)
  const before = cutOffReasons.length
  const heldMs = performance.now()
  // The heartbeat hangs on the row's lock, as it would behind a broken network.
  await under.db.kysely.transaction().execute(async (tx) => {
    await sql`select from engine.task for update`.execute(tx)
    await eventually(async () => cutOffReasons.length > before)
  })
  expect(performance.now() - heldMs).toBeLessThan(10_000)
  expect(cutOffReasons.at(-1)).toContain('PostgreSQL does not answer')
  await eventually(async () => (await under.written()).filter((line) => line.includes('try')).length === 2)
  const names = (await under.written()).map((line) => / try ([0-9a-f]{32})$/.exec(line)?.[1])
  expect([names.length, new Set(names).size, names.includes(undefined)]).toEqual([2, 2, false])
})

test("a lost worker's lock on one of its tasks does not hold up that its others are taken over", async () => {
  await using under = await createEngineUnderTest()
  const { kysely } = under.db
  await under.start({ kind: 'hold', inputs: [1, 2, 3, 4] })
  // Nobody holds the lock of that number.
  await under.engine.fetch('light', 4, 1_000_000)
  const [first] = await under.engine.strayClaims()
  const begun = async () => (await under.written()).filter((line) => line.includes('begun')).length
  await using _worker = await kysely.transaction().execute(async (tx) => {
    await sql`select from engine.task where id = ${first?.taskId}::uuid for update`.execute(tx)
    const worker = startWorker(under, { slots: 4 })
    await eventually(async () => (await begun()) === 3)
    return worker
  })
  await eventually(async () => (await begun()) === 4)
})

const sessionPid = async ({ db }: EngineUnderTest): Promise<number | undefined> => {
  const { rows } = await sql<{ pid: number }>`
    select a.pid from pg_stat_activity a join pg_locks l on l.pid = a.pid and l.locktype = 'advisory' and l.objid > 0
    where a.application_name = 'telecine worker session' and a.datname = current_database() and l.objsubid = 2
  `.execute(db.kysely)
  return rows[0]?.pid
}

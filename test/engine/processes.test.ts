import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { createEngineUnderTest, type EngineUnderTest, eventually } from './engine-under-test.ts'
import { note } from './fixture-tasks.ts'

interface WorkerProcesses extends AsyncDisposable {
  start(): void
  kill(pid: number, signal: NodeJS.Signals): void
}

const workersOf = ({ db }: EngineUnderTest): WorkerProcesses => {
  const children = new Map<number | undefined, ChildProcess>()
  return {
    start() {
      const script = join(import.meta.dirname, 'worker-process.ts')
      const child = spawn(process.execPath, [script, db.url], { stdio: ['ignore', 'ignore', 'inherit'] })
      children.set(child.pid, child)
    },
    kill(pid, signal) {
      if (!children.get(pid)?.kill(signal)) throw new Error(`process ${pid} is not there to be sent ${signal}`)
    },
    async [Symbol.asyncDispose]() {
      for (const child of children.values()) child.kill('SIGKILL')
    },
  }
}

/** The process that wrote this line, if it is there already. */
const speaker = async (under: EngineUnderTest, text: string): Promise<number | undefined> => {
  const line = (await under.written()).find((written) => written.endsWith(` ${text}`))
  return line === undefined ? undefined : Number.parseInt(line, 10)
}

const whoSaid = (under: EngineUnderTest, text: string): Promise<number> => eventually(() => speaker(under, text))

/** Both sessions hold their lock: from now on either may notice that the other is gone. */
const sessions = (under: EngineUnderTest, count: number) =>
  eventually(async () => {
    const { rows } = await sql`
      select from pg_stat_activity where application_name = 'telecine worker session' and datname = current_database()
    `.execute(under.db.kysely)
    return rows.length === count
  })

test("a killed worker's task resumes in another process within two seconds", async () => {
  await using under = await createEngineUnderTest()
  await using workers = workersOf(under)
  workers.start()
  workers.start()
  await sessions(under, 2)
  await under.start({ kind: 'hold' })
  const first = await whoSaid(under, 'begun 1')

  workers.kill(first, 'SIGKILL')
  const killedMs = performance.now()
  const second = await whoSaid(under, 'begun 2')
  const resumedMs = performance.now() - killedMs
  expect(second).not.toBe(first)
  expect(resumedMs).toBeLessThan(2000)

  // Once more with the other process, which by now has been the one that reaps.
  workers.start()
  await sessions(under, 2)
  workers.kill(second, 'SIGKILL')
  const killedAgainMs = performance.now()
  const third = await whoSaid(under, 'begun 3')
  expect(performance.now() - killedAgainMs).toBeLessThan(2000)
  await note(under.db.kysely, 'release')
  expect(await whoSaid(under, 'done')).toBe(third)
})

test('a frozen worker loses its task to another process, and what it completes when it wakes changes nothing', async () => {
  await using under = await createEngineUnderTest()
  await using workers = workersOf(under)
  const { kysely } = under.db
  workers.start()
  await under.start({ kind: 'hold' })
  const frozen = await whoSaid(under, 'begun 1')
  workers.kill(frozen, 'SIGSTOP')
  workers.start()
  await sessions(under, 2)
  // Its lock is still held: only its silence tells. We do not sit through the ten seconds.
  await sql`update engine.task set touched_at = touched_at - interval '11 seconds'`.execute(kysely)
  const other = await whoSaid(under, 'begun 2')
  expect(other).not.toBe(frozen)
  await note(kysely, 'release')
  expect(await whoSaid(under, 'done')).toBe(other)
  workers.kill(frozen, 'SIGCONT')
  // Back at work: it takes the next tasks, too.
  await under.start({ kind: 'hold', inputs: [1, 2, 3, 4, 5, 6, 7, 8] })
  await eventually(async () => (await under.written()).some((line) => line === `${frozen} done`))
  await eventually(async () => (await under.written()).filter((line) => line.endsWith(' done')).length === 9)
  const { rows } = await sql<{
    n: number
  }>`select count(*)::integer as n from engine.task where state = 'done'`.execute(kysely)
  expect(rows).toEqual([{ n: 9 }])
})

/** As `whoSaid`, but no task pauses between its tries meanwhile: we do not sit through the minutes. */
const whoSaidWithoutPauses = (under: EngineUnderTest, text: string): Promise<number> =>
  eventually(async () => {
    await sql`update pgboss.job set start_after = now() where state < 'active' and start_after > now()`.execute(
      under.db.kysely,
    )
    return speaker(under, text)
  })

test('a task whose worker is killed many times in a row still goes on and completes', async () => {
  await using under = await createEngineUnderTest()
  await using workers = workersOf(under)
  workers.start()
  workers.start()
  await under.start({ kind: 'hold', retryLimit: 2 })
  for (let attempt = 1; attempt <= 7; attempt++) {
    const pid = await whoSaidWithoutPauses(under, `begun ${attempt}`)
    workers.start()
    workers.kill(pid, 'SIGKILL')
  }
  const last = await whoSaidWithoutPauses(under, 'begun 8')
  await note(under.db.kysely, 'release')
  expect(await whoSaid(under, 'done')).toBe(last)
  expect(await under.engine.workOf('asset')).toMatchObject([{ state: 'done', attempt: 8 }])
})

test('a task that kills every worker that runs it lets others do their work, and is given up', async () => {
  await using under = await createEngineUnderTest()
  await using workers = workersOf(under)
  await under.start({ subject: 'poison', tenant: 'a', kind: 'poison', retryLimit: 2 })
  await sql`update engine.task set deaths = 17`.execute(under.db.kysely)
  workers.start()
  const first = await whoSaid(under, 'poisoned')
  // One worker with a single slot: without a pause it would die, too, and never come to the others' work.
  workers.start()
  await eventually(async () => (await under.engine.workOf('poison'))[0]?.state === 'queued')
  await under.start({ subject: 'good', tenant: 'b', kind: 'announced', inputs: [1, 2, 3] })
  await eventually(async () => (await under.engine.workOf('good'))[0]?.state === 'done')
  expect(await whoSaid(under, 'done')).not.toBe(first)
  expect(await under.engine.workOf('poison')).toMatchObject([{ state: 'queued', attempt: 1 }])
  workers.start()
  workers.start()
  await whoSaidWithoutPauses(
    under,
    'failed: the worker died while working on this, the last of 20 such ends in a row; the file may be the cause, for instance by the memory that it needs',
  )
  expect((await under.written()).filter((line) => line.endsWith('poisoned'))).toHaveLength(3)
})

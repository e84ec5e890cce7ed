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

/** The process that wrote this line; waits for it. */
const whoSaid = (under: EngineUnderTest, text: string): Promise<number> =>
  eventually(async () => {
    const line = (await under.written()).find((written) => written.endsWith(` ${text}`))
    return line !== undefined && Number.parseInt(line, 10)
  })

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

test('a task that kills every worker that runs it is given up', async () => {
  await using under = await createEngineUnderTest()
  await using workers = workersOf(under)
  for (let n = 0; n < 3; n++) workers.start()
  await sessions(under, 3)
  await under.start({ kind: 'poison', retryLimit: 1 })
  await whoSaid(under, 'failed: its worker went away')
  expect((await under.written()).filter((line) => line.endsWith('poisoned'))).toHaveLength(2)
})

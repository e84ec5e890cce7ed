import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Kysely, sql, type Transaction } from 'kysely'
import type { DB } from '../../src/adapters/postgres/schema.generated.ts'
import { type Commit, KilledFailure, PermanentFailure, type TaskDefinition } from '../../src/core/shared/task.ts'

type Tx = Transaction<DB>
export type FixtureTask = TaskDefinition<unknown, Tx>

/** A line in the table `effect`, written at once or by a commit. */
export const note = async (on: Kysely<DB>, text: string): Promise<void> => {
  await sql`insert into effect (text) values (${text})`.execute(on)
}

const noted =
  (text: string): Commit<Tx> =>
  (tx) =>
    note(tx, text)

/** With what the tries of the task `cut off` were aborted in this process. */
export const cutOffReasons: string[] = []

/** Tasks that say in the table `effect` what they do; their lines begin with the number of the process. */
export const fixtureTasks = (db: Kysely<DB>): readonly FixtureTask[] => {
  const say = (text: string) => note(db, `${process.pid} ${text}`)
  const task = (kind: string, run: FixtureTask['run'], timeoutSeconds = 60): FixtureTask => ({
    kind,
    queue: 'light',
    timeoutSeconds,
    run,
    failed: (_, reason) => noted(`${process.pid} failed: ${reason}`),
  })
  return [
    task('hold', async (_, { signal, attempt }) => {
      await say(`begun ${attempt}`)
      await released(db, signal)
      return noted(`${process.pid} done`)
    }),
    task('child', async (_, { signal }) => {
      const child = spawn('sleep', ['600'])
      signal.addEventListener('abort', () => child.kill('SIGKILL'))
      await say(`child ${child.pid}`)
      await once(child, 'exit')
      throw new Error('the child ended')
    }),
    task('poison', async () => {
      await say('poisoned')
      process.kill(process.pid, 'SIGKILL')
      return noted('survived')
    }),
    task('slow', (_, { signal }) => sleep(600_000, noted('never'), { signal }), 0.2),
    task('deaf', () => sleep(600_000, noted('never'), { ref: false }), 0.2),
    task('cut off', async (_, { signal, tryId }) => {
      await say(`try ${tryId}`)
      if (!signal.aborted) await once(signal, 'abort')
      cutOffReasons.push(String(signal.reason))
      throw signal.reason
    }),
    task('bad', async () => {
      throw new PermanentFailure('no video in it')
    }),
    task('killed', async (_, { attempt }) => {
      await say(`begun ${attempt}`)
      throw new KilledFailure('FFmpeg was killed from outside')
    }),
    { ...task('announced', async () => noted(`${process.pid} done`)), started: () => noted(`${process.pid} started`) },
    task('unwritable', async () => async (tx) => {
      await note(tx, 'half')
      throw new Error('constraint')
    }),
  ]
}

const released = async (db: Kysely<DB>, signal: AbortSignal): Promise<void> => {
  for (;;) {
    signal.throwIfAborted()
    // A database that is away says nothing about the task: it goes on, as FFmpeg would.
    const found = await sql`select from effect where text = 'release'`.execute(db).catch(() => ({ rows: [] }))
    if (found.rows.length > 0) return
    await sleep(20)
  }
}

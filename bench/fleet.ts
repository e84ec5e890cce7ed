/**
 * `npm run bench:fleet`: a fleet of simulated workers on the real engine. Each has a session of its own, as a worker process has;
 * their statements share a pool, as behind a pooler of connections. See docs/running.md.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Kysely, sql } from 'kysely'
import { pino } from 'pino'
import { connect } from '../src/adapters/postgres/connect.ts'
import { migrate } from '../src/adapters/postgres/migrate.ts'
import type { DB } from '../src/adapters/postgres/schema.generated.ts'
import { createEngine, type Engine } from '../src/engine/engine.ts'
import { WorkerSession } from '../src/engine/session.ts'
import { startEmbeddedPostgres } from '../src/main/embedded-postgres/start-embedded-postgres.ts'
import { quantile } from './figure.ts'
import { seedBacklog } from './large-backlog.ts'

const USAGE = `usage: npm run bench:fleet -- [--machines N] [--seconds N] [--chunk-seconds N] [--tasks N] [--url DATABASE] [--quick]

  --machines       workers with two slots each; 100 when absent
  --seconds        how long they work; 30 when absent
  --chunk-seconds  how long a simulated chunk takes; 0 (as fast as they can) when absent
  --tasks          what is queued before, of ten tenants; 100000 when absent
  --url            an empty database of a PostgreSQL of yours; one is started when absent
  --quick          a smoke run`

const SLOTS = 2
/** Of statements. */
const POOL = 64

interface Fleet {
  readonly machines: number
  readonly seconds: number
  readonly chunkSeconds: number
  readonly tasks: number
}

const main = async (): Promise<void> => {
  const number = { type: 'string' } as const
  const { values } = parseArgs({
    options: {
      ...{ machines: number, seconds: number, 'chunk-seconds': number, tasks: number, url: number },
      ...{ quick: { type: 'boolean' }, help: { type: 'boolean' } },
    },
  })
  if (values.help) return console.log(USAGE)
  const { quick } = values
  const fleet: Fleet = {
    machines: Number(values.machines ?? (quick ? 5 : 100)),
    seconds: Number(values.seconds ?? (quick ? 2 : 30)),
    chunkSeconds: Number(values['chunk-seconds'] ?? 0),
    tasks: Number(values.tasks ?? (quick ? 5_000 : 100_000)),
  }
  if (values.url !== undefined) return run(values.url, fleet)
  const dataDir = await mkdtemp(join(tmpdir(), 'telecine-fleet-'))
  try {
    const log = { debug: () => undefined, info: () => undefined, warn: console.error }
    await using postgres = await startEmbeddedPostgres({ dataDir, log })
    await run(postgres.url, fleet)
  } finally {
    await rm(dataDir, { recursive: true, force: true, maxRetries: 3 })
  }
}

const run = async (url: string, fleet: Fleet): Promise<void> => {
  await using db = connect(url, { max: POOL, applicationName: 'telecine fleet' })
  await migrate(db)
  await using engine = await createEngine({ db, logger: console })
  await seedBacklog(db, fleet.tasks)
  console.log(`${fleet.tasks} tasks of ten tenants are queued`)
  await using sessions = new AsyncDisposableStack()
  const seen: Seen = { fetchMs: [], completeMs: [], tenants: new Map(), errors: new Map() }
  const workers: WorkerSession[] = []
  for (let n = 0; n < fleet.machines; n++) workers.push(sessions.use(await openSession(url)))
  const over = AbortSignal.timeout(fleet.seconds * 1000)
  const watched = watch(db, over)
  const slots = workers.flatMap((session) => Array.from({ length: SLOTS }, () => session))
  await Promise.all(slots.map((session) => slot({ over, seen, engine, session, chunkSeconds: fleet.chunkSeconds })))
  report(fleet, seen, { allowed: await connectionLimit(db), most: await watched })
}

/** Connected. Where PostgreSQL has no connection left it is tried again, for ever, and the log says so. */
const openSession = async (url: string): Promise<WorkerSession> => {
  const connected = Promise.withResolvers<void>()
  const logger = pino({ level: 'warn' })
  const session = new WorkerSession({
    connection: { connectionString: url },
    logger,
    onWake: () => connected.resolve(),
  })
  await connected.promise
  return session
}

interface Seen {
  readonly fetchMs: number[]
  readonly completeMs: number[]
  readonly tenants: Map<string, number>
  readonly errors: Map<string, number>
}

interface Slot extends Pick<Fleet, 'chunkSeconds'> {
  readonly over: AbortSignal
  readonly seen: Seen
  readonly engine: Engine<DB>
  readonly session: WorkerSession
}

/** What a slot is to the database. What it does with a claim takes its time, and no processor. */
const slot = async ({ over, seen, engine, session, chunkSeconds }: Slot): Promise<void> => {
  // Not all at once, as chunks do not end at once.
  await pause(chunkSeconds * 1000 * Math.random(), over)
  while (!over.aborted) {
    const { worker } = session
    try {
      if (worker === undefined) throw new Error('a session is not connected')
      const [claim] = await timed(seen.fetchMs, () => engine.fetch('chunk', 1, worker))
      if (!claim) return
      count(seen.tenants, claim.tenant)
      await pause(chunkSeconds * 1000 * (0.5 + Math.random()), over)
      const answer = await timed(seen.completeMs, () => engine.complete(claim, async () => undefined))
      if (answer === 'lost') count(seen.errors, 'a claim was lost')
    } catch (error) {
      count(seen.errors, error instanceof Error ? error.message : String(error))
      await pause(100, over)
    }
  }
}

const pause = (ms: number, over: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      resolve()
    }
    const timer = setTimeout(() => {
      over.removeEventListener('abort', end)
      resolve()
    }, ms)
    over.addEventListener('abort', end, { once: true })
  })

const timed = async <T>(times: number[], work: () => Promise<T>): Promise<T> => {
  const from = performance.now()
  const answer = await work()
  times.push(performance.now() - from)
  return answer
}

const count = (of: Map<string, number>, what: string): void => {
  of.set(what, (of.get(what) ?? 0) + 1)
}

const connectionLimit = async (db: Kysely<DB>): Promise<number> => {
  const { rows } = await sql<{ allowed: number }>`
    select current_setting('max_connections')::integer - current_setting('superuser_reserved_connections')::integer as allowed
  `.execute(db)
  return rows[0]?.allowed ?? 0
}

/** The most connections that there were at once. */
const watch = async (db: Kysely<DB>, over: AbortSignal): Promise<number> => {
  let most = 0
  while (!over.aborted) {
    const { rows } = await sql<{ connections: number }>`
      select count(*)::integer as connections from pg_stat_activity where backend_type = 'client backend'
    `.execute(db)
    most = Math.max(most, rows[0]?.connections ?? 0)
    await pause(250, over)
  }
  return most
}

const report = (
  { machines, seconds }: Fleet,
  { fetchMs, completeMs, tenants, errors }: Seen,
  { allowed, most }: { readonly allowed: number; readonly most: number },
): void => {
  const shares = [...tenants.values()]
  const line = (name: string, times: readonly number[]) =>
    times.length === 0
      ? `${name}: none`
      : `${name}: ${[0.5, 0.95, 0.99, 1].map((share) => quantile(times, share).toFixed(1)).join(' / ')} ms (50 / 95 / 99 / 100 %)`
  console.log(`${machines} machines, ${SLOTS} slots each, ${seconds} s`)
  console.log(`tasks: ${completeMs.length} completed, ${(completeMs.length / seconds).toFixed(0)} per second`)
  console.log(line('fetch', fetchMs))
  console.log(line('complete', completeMs))
  console.log(`tenants: ${shares.length}, tasks of each ${Math.min(...shares)} to ${Math.max(...shares)}`)
  console.log(`connections: ${most} at most, PostgreSQL allows ${allowed}`)
  const faults = [...errors].map(([message, times]) => `${times} x ${message}`)
  console.log(`what broke: ${faults.length === 0 ? 'nothing' : faults.join('; ')}`)
}

await main()

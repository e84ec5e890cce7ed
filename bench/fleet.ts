/**
 * `npm run bench:fleet`: a fleet of workers on the real engine, as worker processes run them: each polls all queues, sends heartbeats, looks for
 * dead ones, and has a session of its own. Only what a task does is simulated, and their statements share a pool, as behind a pooler of connections. See docs/running.md.
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
import type { TaskDefinition } from '../src/core/shared/task.ts'
import { createEngine, type Engine } from '../src/engine/engine.ts'
import { runWorker } from '../src/engine/run-worker.ts'
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

/** Those of a worker process with two slots. */
const SLOTS = { demand: 2, io: 4, probe: 2, chunk: 2, light: 2, edge: 2 }
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
  const seen: Seen = { fetchMs: [], completeMs: [], tenants: new Map(), lost: 0, warnings: [] }
  const logger = pino({ level: 'warn' }, { write: (line) => void seen.warnings.push(line) })
  const measured = measuredEngine(engine, seen)
  const over = AbortSignal.timeout(fleet.seconds * 1000)
  const watched = watch(db, over)
  const worker = {
    ...{ engine: measured, tasks: [simulatedChunk(fleet)], bind: () => undefined, slots: SLOTS, signal: over, logger },
    ...{ connection: { connectionString: url }, drainSeconds: 0 },
  }
  await Promise.all(Array.from({ length: fleet.machines }, () => runWorker(worker)))
  report(fleet, seen, { allowed: await connectionLimit(db), ...(await watched) })
}

interface Seen {
  readonly fetchMs: number[]
  readonly completeMs: number[]
  readonly tenants: Map<string, number>
  lost: number
  readonly warnings: string[]
}

/** Takes its time, and no processor. */
const simulatedChunk = ({ chunkSeconds }: Fleet): TaskDefinition<unknown, undefined> => ({
  ...{ kind: 'chunk', queue: 'chunk', timeoutSeconds: 3600 },
  async run(_, { signal }) {
    // Chunks do not end at once.
    await pause(chunkSeconds * 1000 * (0.5 + Math.random()), signal)
    return async () => undefined
  },
  failed: () => async () => undefined,
})

const measuredEngine = (engine: Engine<DB>, seen: Seen): Engine<DB> => ({
  ...engine,
  async fetch(queue, count, worker) {
    const from = performance.now()
    const claims = await engine.fetch(queue, count, worker)
    if (claims.length > 0) seen.fetchMs.push(performance.now() - from)
    for (const { tenant } of claims) seen.tenants.set(tenant, (seen.tenants.get(tenant) ?? 0) + 1)
    return claims
  },
  async complete(claim, effect) {
    const from = performance.now()
    const answer = await engine.complete(claim, effect)
    seen.completeMs.push(performance.now() - from)
    if (answer === 'lost') seen.lost += 1
    return answer
  },
})

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

const connectionLimit = async (db: Kysely<DB>): Promise<number> => {
  const { rows } = await sql<{ allowed: number }>`
    select current_setting('max_connections')::integer - current_setting('superuser_reserved_connections')::integer as allowed
  `.execute(db)
  return rows[0]?.allowed ?? 0
}

interface Load {
  /** That there were at once, at most. */
  readonly connections: number
  readonly transactionsPerSecond: number
}

const watch = async (db: Kysely<DB>, over: AbortSignal): Promise<Load> => {
  const look = async () => {
    const { rows } = await sql<{ connections: number; transactions: number }>`
      select
        (select count(*)::integer from pg_stat_activity where backend_type = 'client backend') as connections,
        (select (xact_commit + xact_rollback)::float8 from pg_stat_database where datname = current_database()) as transactions
    `.execute(db)
    return rows[0] ?? { connections: 0, transactions: 0 }
  }
  const [began, first] = [performance.now(), await look()]
  let last = first
  let connections = 0
  while (!over.aborted) {
    last = await look()
    connections = Math.max(connections, last.connections)
    await pause(250, over)
  }
  const seconds = (performance.now() - began) / 1000
  return { connections, transactionsPerSecond: (last.transactions - first.transactions) / seconds }
}

const report = (
  { machines, seconds }: Fleet,
  { fetchMs, completeMs, tenants, lost, warnings }: Seen,
  { allowed, connections, transactionsPerSecond }: Load & { readonly allowed: number },
): void => {
  const shares = [...tenants.values()]
  const line = (name: string, times: readonly number[]) =>
    times.length === 0
      ? `${name}: none`
      : `${name}: ${[0.5, 0.95, 0.99, 1].map((share) => quantile(times, share).toFixed(1)).join(' / ')} ms (50 / 95 / 99 / 100 %)`
  console.log(`${machines} machines, ${SLOTS.chunk} slots each, ${seconds} s`)
  console.log(`tasks: ${completeMs.length} completed, ${(completeMs.length / seconds).toFixed(0)} per second`)
  console.log(line('fetch', fetchMs))
  console.log(line('complete', completeMs))
  console.log(`tenants: ${shares.length}, tasks of each ${Math.min(...shares)} to ${Math.max(...shares)}`)
  console.log(`database: ${transactionsPerSecond.toFixed(0)} transactions per second`)
  console.log(`connections: ${connections} at most, PostgreSQL allows ${allowed}`)
  console.log(`claims lost: ${lost}; warnings: ${warnings.length === 0 ? 'none' : warnings.length}`)
  for (const line of warnings.slice(0, 5)) console.log(line.trim())
}

await main()

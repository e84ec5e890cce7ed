import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Kysely } from 'kysely'
import { connect } from '../src/adapters/postgres/connect.ts'
import { migrate } from '../src/adapters/postgres/migrate.ts'
import type { DB } from '../src/adapters/postgres/schema.generated.ts'
import { createEngine, type Engine } from '../src/engine/engine.ts'
import { startEmbeddedPostgres } from '../src/main/embedded-postgres/start-embedded-postgres.ts'
import type { Bench } from './bench.ts'
import { type Figure, quantile } from './figure.ts'
import { seedBacklog } from './large-backlog.ts'
import { measureCost } from './measure.ts'
import { cpuSecondsOf } from './processes.ts'

const WORKER = 1
const FETCHES = 2_000
const SHALLOW = 5_000

/**
 * Line (j): how long a worker's fetch takes when a million tasks wait, one at a time, each completed before the next; and how long
 * it takes to queue one more step of a tenant. Before that the same with few, on the same machine at the same time.
 */
export const deepQueue = async (bench: Bench): Promise<readonly Figure[]> => {
  const dataDir = await mkdtemp(join(bench.folder, 'queue-'))
  try {
    const log = { debug: () => undefined, info: () => undefined, warn: bench.say }
    await using postgres = await startEmbeddedPostgres({ dataDir, log })
    await using db = connect(postgres.url, { max: 2, applicationName: 'telecine bench' })
    await migrate(db)
    await using engine = await createEngine({ db, logger: { warn: () => undefined } })
    const queue = { ...bench, db, engine, meter: () => cpuSecondsOf(postgres.pid) }
    await seedBacklog(db, SHALLOW)
    const shallow = await measureQueue(queue)
    const tasks = bench.quick ? 2 * SHALLOW : 1_000_000
    await seedBacklog(db, tasks)
    bench.say(`${tasks} tasks are queued`)
    return figuresOf({ tasks, shallow, deep: await measureQueue(queue) })
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
}

interface QueueBench extends Bench {
  readonly db: Kysely<DB>
  readonly engine: Engine<DB>
  readonly meter: () => number
}

interface Times {
  readonly fetch: readonly number[]
  readonly complete: readonly number[]
  readonly submit: readonly number[]
  readonly othersProcessors: number
}

const measureQueue = async (bench: QueueBench): Promise<Times> => {
  const { engine, meter, signal } = bench
  const [fetch, complete, submitted]: [number[], number[], number[]] = [[], [], []]
  const { othersProcessors } = await measureCost(meter, async () => {
    for (let n = 0; n < (bench.quick ? 100 : FETCHES); n++) {
      signal.throwIfAborted()
      const [claim] = await timed(fetch, () => engine.fetch('chunk', 1, WORKER))
      if (!claim) throw new Error('the queue is empty')
      await timed(complete, () => engine.complete(claim, async () => undefined))
      if (n % 10 === 0) await timed(submitted, () => submit(bench, `tenant ${n % 10}`))
    }
  })
  return { fetch, complete, submit: submitted, othersProcessors }
}

interface Depths {
  readonly tasks: number
  readonly shallow: Times
  readonly deep: Times
}

const figuresOf = ({ tasks, shallow, deep }: Depths): readonly Figure[] => {
  const figure = (call: 'fetch' | 'complete' | 'submit', what: string): Figure => ({
    ...{ id: `j.${call}`, what: `99th percentile of ${what}`, value: quantile(deep[call], 0.99), unit: 'ms' },
    parts: {
      ...{ p50_ms: quantile(deep[call], 0.5), worst_ms: Math.max(...deep[call]), calls: deep[call].length, tasks },
      ...{ shallow_p50_ms: quantile(shallow[call], 0.5), shallow_p99_ms: quantile(shallow[call], 0.99) },
      others_processors: Math.max(shallow.othersProcessors, deep.othersProcessors),
    },
  })
  return [
    { ...figure('fetch', 'a fetch from a deep queue'), target: { atMost: 5 } },
    figure('complete', 'completing a task of it'),
    figure('submit', 'queueing one more step'),
  ]
}

const submit = ({ db, engine }: QueueBench, tenant: string) =>
  db.transaction().execute((tx) =>
    engine.startStep(tx, {
      ...{ subject: 'film', tenant, kind: 'chunk', queue: 'chunk', inputs: [{ part: 0 }] },
      ...{ retryLimit: 2, retrySeconds: 3600 },
    }),
  )

const timed = async <T>(times: number[], work: () => Promise<T>): Promise<T> => {
  const from = performance.now()
  const answer = await work()
  times.push(performance.now() - from)
  return answer
}

import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Pool } from 'pg'
import type { Bench } from './bench.ts'
import { recordCreate, replayOf } from './create-transaction.ts'
import { type Figure, median, quantile } from './figure.ts'
import { measureCost } from './measure.ts'
import { cpuSecondsOf } from './processes.ts'
import type { Product } from './product.ts'
import { startSeparateApi } from './separate-api.ts'
import { authorizeBucket, BUCKET, creation } from './whole-job.ts'

/** As many as an API process has to its database. */
const CONNECTIONS = 16
const OBJECT = 'small.mp4'

/**
 * Line (c): creates by signed HTTP, against the transaction that each of them makes, sent by plain `pg` from as many connections
 * to the same PostgreSQL. No worker runs, so tasks only pile up. The client's own work counts, on both sides.
 */
export const createRate = async (bench: Bench): Promise<readonly Figure[]> => {
  const dataDir = await mkdtemp(join(bench.folder, 'creates-'))
  try {
    await mkdir(join(dataDir, 'buckets', BUCKET), { recursive: true })
    await writeFile(join(dataDir, 'buckets', BUCKET, OBJECT), randomBytes(4096))
    await using api = await startSeparateApi(bench, dataDir)
    const { product, postgres } = api
    const meter = () => cpuSecondsOf(product.pid) + cpuSecondsOf(postgres.pid)
    return await race({ ...bench, meter }, product, postgres.url)
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
}

interface MeteredBench extends Bench {
  /** Processor seconds of API and PostgreSQL. */
  readonly meter: () => number
}

const race = async (bench: MeteredBench, product: Product, databaseUrl: string): Promise<readonly Figure[]> => {
  const { project_id: projectId, region } = product.credentials
  using client = product.client({ connections: CONNECTIONS })
  await authorizeBucket(client, projectId)
  const target = `/v1.0/${projectId}/asset/reproduction`
  const overHttp = async (): Promise<void> => {
    await client.call('POST', target, creation(OBJECT))
  }
  const seconds = bench.quick ? 1 : 5
  // Before the recording: afterwards the number of a step is no other value's too.
  await load(bench, seconds, overHttp)
  await using plain = await plainCreates({ databaseUrl, projectId, region, dataDir: product.dataDir })
  await load(bench, seconds, plain.once)
  const [ours, theirs]: [Load[], Load[]] = [[], []]
  for (let round = 0; round < bench.rounds; round++) {
    ours.push(await load(bench, seconds, overHttp))
    theirs.push(await load(bench, seconds, plain.once))
    bench.say(
      `creates per second: signed ${ours.at(-1)?.perSecond.toFixed(0)}, plain ${theirs.at(-1)?.perSecond.toFixed(0)}`,
    )
  }
  const run = { ours, theirs, statements: plain.statements }
  return [rateFigure(run), cpuFigure(run), latencyFigure(run)]
}

interface PlainOptions {
  readonly databaseUrl: string
  readonly projectId: string
  readonly region: string
  readonly dataDir: string
}

const plainCreates = async ({ databaseUrl, projectId, region, dataDir }: PlainOptions) => {
  const { size, mtimeNs, mtime } = await stat(join(dataDir, 'buckets', BUCKET, OBJECT), { bigint: true })
  const statements = await recordCreate({
    databaseUrl,
    projectId,
    source: { bucket: BUCKET, key: OBJECT, location: region },
    info: { sizeBytes: Number(size), etag: `${size}-${mtimeNs}`, modifiedAt: mtime },
  })
  const replay = replayOf(statements, projectId)
  const pool = new Pool({ connectionString: databaseUrl, max: CONNECTIONS, application_name: 'telecine bench' })
  const once = async (): Promise<void> => {
    const connection = await pool.connect()
    try {
      await replay(connection)
    } finally {
      connection.release()
    }
  }
  return { once, statements: statements.length, [Symbol.asyncDispose]: () => pool.end() }
}

interface Load {
  readonly perSecond: number
  readonly latenciesMs: readonly number[]
  /** Of API, PostgreSQL and client together. */
  readonly cpuMsEach: number
  readonly othersProcessors: number
}

/** As many at a time as there are connections, each behind the other, for so long. */
const load = async ({ signal, meter }: MeteredBench, seconds: number, once: () => Promise<void>): Promise<Load> => {
  const latenciesMs: number[] = []
  const deadline = performance.now() + seconds * 1000
  const lane = async (): Promise<void> => {
    for (let from = performance.now(); from < deadline; from = performance.now()) {
      signal.throwIfAborted()
      await once()
      latenciesMs.push(performance.now() - from)
    }
  }
  const cost = await measureCost(meter, () => Promise.all(Array.from({ length: CONNECTIONS }, lane)))
  return {
    perSecond: latenciesMs.length / cost.wallSeconds,
    latenciesMs,
    cpuMsEach: (1000 * (cost.cpuSeconds + cost.benchCpuSeconds)) / latenciesMs.length,
    othersProcessors: cost.othersProcessors,
  }
}

interface Race {
  readonly ours: readonly Load[]
  readonly theirs: readonly Load[]
  readonly statements: number
}

const rateFigure = ({ ours, theirs, statements }: Race): Figure => ({
  id: 'c.rate',
  what: 'signed creates per second against the same transaction by plain pg',
  value: median(ours.map(({ perSecond }, round) => perSecond / (theirs[round]?.perSecond ?? 0))),
  unit: 'ratio',
  target: { atLeast: 0.35 },
  parts: {
    ours_per_s: median(ours.map(({ perSecond }) => perSecond)),
    theirs_per_s: median(theirs.map(({ perSecond }) => perSecond)),
    connections: CONNECTIONS,
    statements,
    others_processors: Math.max(...[...ours, ...theirs].map(({ othersProcessors }) => othersProcessors)),
  },
})

/** What the rate comes to on a machine that is all taken up by it, whoever else is busy on it. */
const cpuFigure = ({ ours, theirs }: Race): Figure => ({
  id: 'c.cpu',
  what: 'processor time of a plain transaction as a share of that of a signed create',
  value: median(ours.map(({ cpuMsEach }, round) => (theirs[round]?.cpuMsEach ?? 0) / cpuMsEach)),
  unit: 'ratio',
  parts: {
    ours_ms: median(ours.map(({ cpuMsEach }) => cpuMsEach)),
    theirs_ms: median(theirs.map(({ cpuMsEach }) => cpuMsEach)),
  },
})

const latencyFigure = ({ ours, theirs }: Race): Figure => {
  const signed = ours.flatMap(({ latenciesMs }) => latenciesMs)
  const plain = theirs.flatMap(({ latenciesMs }) => latenciesMs)
  return {
    id: 'c.p99',
    what: '99th percentile of signed creates against plain ones',
    value: quantile(signed, 0.99) / quantile(plain, 0.99),
    unit: 'ratio',
    parts: {
      ours_p50_ms: quantile(signed, 0.5),
      ours_p99_ms: quantile(signed, 0.99),
      theirs_p50_ms: quantile(plain, 0.5),
      theirs_p99_ms: quantile(plain, 0.99),
    },
  }
}

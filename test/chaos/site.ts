import { randomBytes } from 'node:crypto'
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Kysely, type RawBuilder, sql } from 'kysely'
import { createLocalObjectStore } from '../../src/adapters/object-store/local.ts'
import { createS3ObjectStore } from '../../src/adapters/object-store/s3.ts'
import { connect } from '../../src/adapters/postgres/connect.ts'
import type { DB } from '../../src/adapters/postgres/schema.generated.ts'
import type { ObjectStore } from '../../src/core/shared/object-store.ts'
import { isTransient } from '../../src/engine/transient.ts'
import { startEmbeddedPostgres } from '../../src/main/embedded-postgres/start-embedded-postgres.ts'
import { buildProgram } from '../support/built-program.ts'
import { freePort } from '../support/free-port.ts'
import { type S3UnderTest, s3Settings } from '../support/object-store.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'
import { type CarefulClient, createCarefulClient } from './careful-client.ts'
import { clockOf } from './faults/clock-jump.ts'
import { keepJournal } from './journal.ts'
import { KeptProcess } from './kept-process.ts'

export const BUCKET = 'my-videos'
const SERVICE_BUCKET = 'telecine-objects'
const REGION = 'cn-north-4'
const APIS = 2
const WORKERS = 2

/** What faults hit: a PostgreSQL of its own, two APIs, two workers of one slot, each started again whenever it dies. */
export interface Site extends AsyncDisposable {
  readonly folder: string
  /** Where the local store keeps its buckets. */
  readonly bucketsFolder: string
  readonly apis: readonly KeptProcess[]
  readonly workers: readonly KeptProcess[]
  /** Files from which processes take their clock; none: they have the machine's. */
  readonly clocks: readonly string[]
  readonly client: CarefulClient
  readonly receiver: Receiver
  /** Past all faults. */
  readonly store: ObjectStore
  readonly program: string
  /** For further commands. */
  readonly environment: Readonly<Record<string, string>>
  /** The process that listens. */
  postmaster(): number
  /** Again and again while PostgreSQL is away. */
  ask<Row>(statement: RawBuilder<Row>): Promise<readonly Row[]>
}

export interface SiteOptions {
  /** The store, and how processes reach it; absent: local folders. */
  readonly s3?: { readonly direct: S3UnderTest; readonly endpoint: string }
  readonly fakeClocks: boolean
  /** Before anything lies in a bucket. */
  readonly onBuckets?: (folder: string) => Promise<AsyncDisposable>
}

export const startSite = async ({ s3, fakeClocks, onBuckets }: SiteOptions): Promise<Site> => {
  await using cleanup = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'telecine-chaos-'))
  cleanup.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }))
  // PostgreSQL runs as another user when we are root.
  await chmod(folder, 0o755)
  buildProgram(join(folder, 'program'))
  const program = join(folder, 'program', 'bin/telecine.js')
  const log = { debug: () => undefined, info: () => undefined, warn: () => undefined }
  const postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres'), fsync: 'off', log })
  cleanup.defer(() => postgres.stop())
  const receiver = cleanup.use(await startReceiver())
  const dataDir = join(folder, 'data')
  const bucketsFolder = join(dataDir, 'buckets')
  await mkdir(bucketsFolder, { recursive: true })
  if (onBuckets) cleanup.use(await onBuckets(bucketsFolder))
  const store = s3
    ? createS3ObjectStore(s3.direct.settings)
    : createLocalObjectStore({
        ...{ root: bucketsFolder, signingSecret: new Uint8Array(32), publicUrl: () => '', now: () => new Date() },
      })
  const login = { project: randomBytes(16).toString('hex'), access: 'chaos', secret: randomBytes(16).toString('hex') }
  const environment = {
    ...settingsOf(login, { databaseUrl: postgres.url, dataDir }),
    ...(s3 && { ...s3Settings(s3.direct), TELECINE_S3_ENDPOINT: s3.endpoint }),
  }
  const db = connect(postgres.url, { max: 4, applicationName: 'chaos', onIdleError: () => undefined })
  cleanup.defer(() => db.destroy())
  const { apis, workers, urls, clocks } = await keepProcesses(db, { program, environment, folder, fakeClocks, cleanup })
  await store.createBucket(BUCKET)
  const client = createCarefulClient({ urls, ...login })
  await client.call('PUT', '/v1.0/PROJECT/asset/authority', { bucket: BUCKET, operation: '1' })
  await client.call('POST', '/telecine/v1/PROJECT/webhooks', { url: receiver.url })
  const stack = cleanup.move()
  return {
    ...{ folder, bucketsFolder, apis, workers, clocks, client, receiver, store, program, environment },
    postmaster: () => postgres.pid,
    ask: (statement) => askAgain(db, statement),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

interface Keeping {
  readonly program: string
  readonly environment: Readonly<Record<string, string>>
  readonly folder: string
  readonly fakeClocks: boolean
  readonly cleanup: AsyncDisposableStack
}

const keepProcesses = async (db: Kysely<DB>, { program, environment, folder, fakeClocks, cleanup }: Keeping) => {
  const clocks: string[] = []
  const keep = async (role: 'serve' | 'worker', more: Readonly<Record<string, string>> = {}) => {
    const clock = fakeClocks ? await clockOf(join(folder, `clock-${clocks.length}`)) : undefined
    if (clock) clocks.push(clock.path)
    return cleanup.use(new KeptProcess({ role, program, settings: { ...environment, ...more, ...clock?.settings } }))
  }
  const urls: string[] = []
  const apis: KeptProcess[] = []
  for (let n = 0; n < APIS; n++) {
    const listen = `127.0.0.1:${await freePort()}`
    apis.push(await keep('serve', { TELECINE_LISTEN: listen }))
    urls.push(`http://${listen}`)
  }
  // The schema and the key are there then.
  for (const api of apis) await api.current.said('telecine ready ')
  await keepJournal(db)
  const workers: KeptProcess[] = []
  while (workers.length < WORKERS) workers.push(await keep('worker'))
  return { apis, workers, urls, clocks }
}

interface Login {
  readonly project: string
  readonly access: string
  readonly secret: string
}

interface Places {
  readonly databaseUrl: string
  readonly dataDir: string
}

const settingsOf = ({ project, access, secret }: Login, { databaseUrl, dataDir }: Places) => ({
  TELECINE_DATABASE_URL: databaseUrl,
  TELECINE_DATA_DIR: dataDir,
  TELECINE_MASTER_KEY: randomBytes(32).toString('base64'),
  TELECINE_PROJECT_ID: project,
  TELECINE_ACCESS_KEY: access,
  TELECINE_SECRET_KEY: secret,
  TELECINE_REGION: REGION,
  TELECINE_VOD_BUCKET: SERVICE_BUCKET,
  TELECINE_WORKER_SLOTS: '1',
  TELECINE_CHUNK_SECONDS: '30',
  TELECINE_FETCH_ALLOW_PRIVATE: 'true',
})

const AGAIN_MS = 100

const askAgain = async <Row>(db: Kysely<DB>, statement: RawBuilder<Row>): Promise<readonly Row[]> => {
  for (;;) {
    try {
      return (await statement.execute(db)).rows
    } catch (error) {
      if (!isTransient(error)) throw error
      await delay(AGAIN_MS)
    }
  }
}

/** Has what comes late on purpose, or after a pause, begin now. */
export const hurry = async ({ ask }: Pick<Site, 'ask'>): Promise<void> => {
  await ask(sql`update pgboss.job set start_after = now() where start_after > now()`)
}

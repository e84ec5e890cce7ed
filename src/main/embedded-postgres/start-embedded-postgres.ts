import type { ChildProcess } from 'node:child_process'
import { realpath, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Client } from 'pg'
import { type DataFolderLock, lockDataFolder } from '../data-folder-lock.ts'
import { firstLineOf } from '../first-line.ts'
import { makeFolder } from '../make-folder.ts'
import { UnreachableError } from '../until-reachable.ts'
import { CLUSTER, chooseAccount } from './account.ts'
import { prepareBinaries } from './binaries.ts'
import { ensureCluster, ROLE } from './cluster.ts'
import type { Log } from './log.ts'
import { findOrphan, type Postmaster, type PostmasterSettings, startPostmaster, stopPostmaster } from './postmaster.ts'
import { ensureSocketFolder } from './socket-folder.ts'
import { guard, spawnWatchdog } from './watchdog.ts'

export interface EmbeddedPostgresOptions {
  /** Our data folder; made when it is not there. The cluster lies in `postgres/` below it. */
  readonly dataDir: string
  /** A folder with `postgres` and `initdb`, instead of npm's platform package. */
  readonly binDir?: string
  readonly log: Log
  /** `off` only where nothing must survive a crash of the machine, as in tests. */
  readonly fsync?: 'on' | 'off'
}

const DATABASE = 'telecine'
/** How long the leftovers of a killed process may be in the way: dying children of its PostgreSQL, its watchdog's work. */
const PATIENCE_MS = 15_000
const MAX_BACKOFF_MS = 5_000

/**
 * PostgreSQL of our own on the data folder: made on the first start, attached to when it outlived its last owner, started again
 * whenever it dies. Holds the lock on the data folder (`DataFolderInUseError`). When this process dies, a watchdog stops it.
 */
export const startEmbeddedPostgres = async (options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> => {
  await makeFolder(options.dataDir)
  const dataDir = await realpath(options.dataDir)
  await using undo = new AsyncDisposableStack()
  const lock = undo.use(await lockDataFolder(dataDir))
  const settings = await prepare({ ...options, dataDir })
  const orphan = await findOrphan(settings.cluster)
  if (orphan !== undefined) settings.log.info(`attached to the running PostgreSQL, process ${orphan.pid}`)
  const postmaster = orphan ?? (await startPatiently(settings))
  const embedded = undo.use(
    new EmbeddedPostgres(lock, { ...settings, socketFolder: postmaster.socketFolder }, postmaster),
  )
  await ensureDatabase(embedded.url)
  undo.move()
  return embedded
}

/** A connection string for the one that runs on the data folder, whoever started it; `undefined`: none does. */
export const findEmbeddedPostgres = async (dataDir: string, log: Log): Promise<string | undefined> => {
  const { home } = await chooseAccount(await realpath(dataDir), log)
  const running = await findOrphan(join(home, CLUSTER))
  return running && urlOf(running.socketFolder, DATABASE)
}

/** The running database and everything that keeps it so. */
export class EmbeddedPostgres {
  /** A connection string for `pg`. Stays the same when PostgreSQL is started again: clients just reconnect. */
  readonly url: string
  readonly #lock: DataFolderLock
  readonly #settings: PostmasterSettings
  readonly #stopping = new AbortController()
  readonly #supervision: Promise<void>
  #postmaster: Postmaster
  #watchdog: ChildProcess

  constructor(lock: DataFolderLock, settings: PostmasterSettings, postmaster: Postmaster) {
    this.#lock = lock
    this.#settings = settings
    this.#postmaster = postmaster
    this.url = urlOf(settings.socketFolder, DATABASE)
    this.#watchdog = this.#watch()
    this.#supervision = this.#supervise()
  }

  /** The process that listens; another one after a restart. */
  get pid(): number {
    return this.#postmaster.pid
  }

  /** Stops PostgreSQL (fast shutdown), then releases the data folder. Safe to repeat. */
  async stop(): Promise<void> {
    if (!this.#stopping.signal.aborted) {
      this.#stopping.abort()
      await stopPostmaster(this.#postmaster)
    }
    await this.#supervision
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #supervise(): Promise<void> {
    const { signal } = this.#stopping
    for (;;) {
      const how = await this.#postmaster.ended
      if (signal.aborted) break
      this.#settings.log.warn(`PostgreSQL died (${how}); starting it again`)
      const next = await startAgain(this.#settings, signal)
      if (next === undefined) break
      this.#postmaster = next
      guard(this.#watchdog, next.pid)
      // Asked to stop while it came up: stop() had only the dead one to signal.
      if (signal.aborted) await stopPostmaster(next)
    }
    this.#watchdog.stdin?.end()
    await rm(this.#settings.socketFolder, { recursive: true, force: true })
    this.#lock[Symbol.dispose]()
  }

  #watch(): ChildProcess {
    const watchdog = spawnWatchdog(this.#settings.cluster)
    guard(watchdog, this.#postmaster.pid)
    watchdog.once('error', (error) => this.#settings.log.warn(`no watchdog for PostgreSQL: ${error.message}`))
    watchdog.once('exit', () => {
      if (!this.#stopping.signal.aborted) this.#watchdog = this.#watch()
    })
    return watchdog
  }
}

const prepare = async (options: EmbeddedPostgresOptions): Promise<PostmasterSettings> => {
  const { dataDir, log } = options
  const fsync = options.fsync !== 'off'
  const account = await chooseAccount(dataDir, log)
  const binaries = await prepareBinaries(account, options.binDir)
  const cluster = await ensureCluster(account, binaries, fsync)
  const socketFolder = await ensureSocketFolder(account)
  return { account, binDir: binaries.binDir, cluster, socketFolder, fsync, log }
}

/** Children of a killed postmaster need a moment to notice; until then PostgreSQL refuses to start beside them. */
const startPatiently = async (settings: PostmasterSettings, signal?: AbortSignal): Promise<Postmaster> => {
  const deadline = Date.now() + PATIENCE_MS
  for (;;) {
    try {
      return await startPostmaster(settings)
    } catch (error) {
      const inUse = error instanceof Error && /shared memory block|lock file/.test(error.message)
      if (!inUse || signal?.aborted || Date.now() > deadline) throw error
      await delay(50)
    }
  }
}

const startAgain = async (settings: PostmasterSettings, signal: AbortSignal): Promise<Postmaster | undefined> => {
  let backoffMs = 100
  while (!signal.aborted) {
    try {
      return await startPatiently(settings, signal)
    } catch (error) {
      settings.log.warn(`${error instanceof Error ? error.message : String(error)}; next try in ${backoffMs} ms`)
      await delay(backoffMs, undefined, { signal }).catch(() => undefined)
      backoffMs = Math.min(backoffMs * 2, MAX_BACKOFF_MS)
    }
  }
  return undefined
}

const urlOf = (socketFolder: string, database: string): string =>
  `postgresql://${ROLE}@localhost:5432/${database}?host=${encodeURIComponent(socketFolder)}`

/** Tries again while connections fail: the watchdog of a killed owner may be stopping what we have just attached to. */
const ensureDatabase = async (url: string): Promise<void> => {
  const deadline = Date.now() + PATIENCE_MS
  for (;;) {
    try {
      return await createDatabaseOnce(url)
    } catch (error) {
      if (Date.now() > deadline) {
        const reason = firstLineOf(error)
        throw new UnreachableError(`PostgreSQL of the data folder cannot be reached: ${reason}`, { cause: error })
      }
      await delay(50)
    }
  }
}

const createDatabaseOnce = async (ours: string): Promise<void> => {
  const url = new URL(ours)
  url.pathname = '/postgres'
  const client = new Client({ connectionString: url.href })
  // A connection that breaks fails its query too; unheard, the event would end the process.
  client.on('error', () => undefined)
  try {
    await client.connect()
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [DATABASE])
    if (rowCount === 0) await client.query(`create database ${DATABASE}`)
  } finally {
    await client.end()
  }
}

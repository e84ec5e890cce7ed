import { setTimeout as sleep } from 'node:timers/promises'
import { Client, type ClientConfig } from 'pg'
import type { Logger } from 'pino'
import { REAPER_LOCK, WAKE_CHANNEL, WORKER_LOCK } from './server-names.ts'

/** Shorter than two sweeps of the reaper, so that a worker whose connection broke keeps its claims. */
const RECONNECT_MS = 100
const QUERY_TIMEOUT_MS = 5_000

/** After PostgreSQL came back, how long nobody judges who has not. */
export const SETTLE_MS = 5_000

interface SessionOptions {
  readonly connection: ClientConfig
  /** `undefined`: connected (again), there may be work in any queue. */
  readonly onWake: (queue: string | undefined) => void
  readonly logger: Pick<Logger, 'warn' | 'info'>
}

/**
 * A worker's own connection, outside the pool: PostgreSQL itself watches over it, so its advisory lock is gone the moment the
 * process is. Also hears of new work. Connects again whenever it breaks.
 */
export class WorkerSession implements AsyncDisposable {
  readonly #options: SessionOptions
  readonly #closed = new AbortController()
  readonly #loop: Promise<void>
  #number: number | undefined
  #client: Client | undefined
  #settledMs = 0

  constructor(options: SessionOptions) {
    this.#options = options
    this.#loop = this.#keepConnected()
  }

  /** The number under which to claim tasks; `undefined` while not connected: claims would look abandoned. */
  get worker(): number | undefined {
    return this.#client && this.#number
  }

  /**
   * `leader`: the one session that reaps, until it ends. `settling`: connected again so recently that it cannot judge who else
   * is gone. Doubles as the connection's pulse.
   */
  async standing(): Promise<'leader' | 'follower' | 'settling'> {
    const client = this.#client
    if (!client || performance.now() < this.#settledMs) return 'settling'
    try {
      return (await tryLock(client, REAPER_LOCK, 0)) ? 'leader' : 'follower'
    } catch (error) {
      client.end().catch(() => undefined)
      throw error
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort()
    await this.#loop
  }

  async #keepConnected(): Promise<void> {
    const { logger } = this.#options
    let complained = false
    while (!this.#closed.signal.aborted) {
      try {
        await this.#connectOnce(() => {
          if (complained) logger.info('worker session is connected again')
          complained = false
        })
      } catch (error) {
        if (!complained) logger.warn({ err: error }, 'worker session is not connected, trying again')
        complained = true
      }
      await sleep(RECONNECT_MS, undefined, { signal: this.#closed.signal }).catch(() => undefined)
    }
  }

  /** Resolves when disposed, throws when the connection ends otherwise. */
  async #connectOnce(onConnected: () => void): Promise<void> {
    const client = new Client({
      ...this.#options.connection,
      application_name: 'telecine worker session',
      keepAlive: true,
      query_timeout: QUERY_TIMEOUT_MS,
      connectionTimeoutMillis: QUERY_TIMEOUT_MS,
    })
    const over = new AbortController()
    const ended = new Promise<void>((resolve, reject) => {
      client.once('error', reject)
      client.once('end', () => reject(new Error('the connection ended')))
      this.#closed.signal.addEventListener('abort', () => resolve(), { signal: over.signal })
    })
    ended.catch(() => undefined)
    client.on('error', () => undefined)
    client.on('notification', ({ payload }) => this.#options.onWake(payload))
    try {
      await client.connect()
      if (this.#number !== undefined) this.#settledMs = performance.now() + SETTLE_MS
      this.#number ??= await newNumber(client)
      await holdLock(client, this.#number)
      await client.query(`listen ${WAKE_CHANNEL}`)
      this.#client = client
      onConnected()
      this.#options.onWake(undefined)
      await ended
    } finally {
      this.#client = undefined
      over.abort()
      // Not awaited: on a connection that hangs it would never end.
      client.end().catch(() => undefined)
    }
  }
}

const newNumber = async (client: Client): Promise<number> => {
  const { rows } = await client.query<{ number: number }>(`select nextval('engine.worker_number')::integer as number`)
  const [row] = rows
  if (!row) throw new Error('no number for the worker session')
  return row.number
}

const tryLock = async (client: Client, first: number, second: number): Promise<boolean> => {
  const { rows } = await client.query<{ held: boolean }>('select pg_try_advisory_lock($1, $2) as held', [first, second])
  return rows[0]?.held === true
}

/** Nobody else uses our number: who holds its lock is our own former connection that PostgreSQL believes alive. */
const holdLock = async (client: Client, number: number): Promise<void> => {
  if (await tryLock(client, WORKER_LOCK, number)) return
  await client.query(
    `select pg_terminate_backend(pid) from pg_locks
     where locktype = 'advisory' and classid = $1 and objid = $2 and objsubid = 2 and granted
       and database = (select oid from pg_database where datname = current_database())`,
    [WORKER_LOCK, number],
  )
  throw new Error('the lock is still held by the former connection')
}

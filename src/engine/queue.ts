import { CompiledQuery, type Kysely, type QueryExecutorProvider, sql } from 'kysely'
import { type Db, PgBoss } from 'pg-boss'
import type { Logger } from 'pino'
import { QUEUES, type Queue } from '../core/shared/task.ts'
import type { Claim, EngineTx } from './engine.ts'
import { installPgBoss, PG_BOSS_SCHEMA } from './install-pg-boss.ts'

/** Doubles with every claim up to the maximum; pg-boss adds up to as much again at random. */
const RETRY = { retryDelay: 2, retryBackoff: true, retryDelayMax: 300 } as const

/** pg-boss must never be the one to give up: it knows nothing of the effects that belong to it. */
const RETRY_LIMIT = 1_000_000

export interface QueueEntry {
  readonly id: string
  readonly priority: number
}

/**
 * The part of pg-boss that we use: who gets which task next, and who holds it. An entry exists while its task is queued or
 * running; what was, is in our own tables. Every method joins the caller's transaction.
 */
export interface TaskQueue extends AsyncDisposable {
  insert(tx: EngineTx, queue: Queue, work: { entries: readonly QueueEntry[]; delaySeconds: number }): Promise<void>
  claim(tx: EngineTx, queue: Queue, count: number): Promise<readonly { id: string; number: number }[]>
  /** The three below answer false when the claim is no longer the current one. */
  settle(tx: EngineTx, claim: Claim): Promise<boolean>
  retryLater(tx: EngineTx, claim: Claim): Promise<boolean>
  /** Up to as much later again, at random: tasks that died with the same worker do not meet in the next one again and again. */
  retryIn(tx: EngineTx, claim: Claim, seconds: number): Promise<boolean>
  /** Ends entries whoever holds them. */
  drop(tx: EngineTx, queue: Queue, ids: readonly string[]): Promise<void>
}

/**
 * pg-boss as a library of statements on our own pool: no workers, no cron, no maintenance, no statistics. Its supervisor in
 * particular would fail entries behind our tables' back.
 */
export const openQueue = async <DB>(db: Kysely<DB>, logger: Pick<Logger, 'warn'>): Promise<TaskQueue> => {
  await installPgBoss(db)
  const boss = new PgBoss({
    db: statementsOnPool(db),
    schema: PG_BOSS_SCHEMA,
    migrate: false,
    supervise: false,
    schedule: false,
    registerInstance: false,
    useListenNotify: false,
  })
  boss.on('error', (error) => logger.warn({ err: error }, 'pg-boss reports an error'))
  await boss.start()
  for (const queue of QUEUES) await boss.createQueue(queue)
  return queueOn(boss)
}

const queueOn = (boss: PgBoss): TaskQueue => ({
  async insert(tx, queue, { entries, delaySeconds }) {
    const jobs = entries.map((entry) => ({ ...entry, ...RETRY, retryLimit: RETRY_LIMIT, startAfter: delaySeconds }))
    await boss.insert(queue, jobs, { db: statements(tx) })
  },
  async claim(tx, queue, count) {
    const jobs = await boss.fetch(queue, { batchSize: count, db: statements(tx) })
    return jobs.map(({ id, retryCount }) => ({ id, number: retryCount }))
  },
  async settle(tx, claim) {
    return isHeld(await boss.deleteJob(claim.queue, entryOf(claim), { db: statements(tx) }))
  },
  async retryLater(tx, claim) {
    return isHeld(await boss.fail(claim.queue, entryOf(claim), null, { db: statements(tx) }))
  },
  async retryIn(tx, claim, seconds) {
    if (!isHeld(await boss.fail(claim.queue, entryOf(claim), null, { db: statements(tx) }))) return false
    const startAfter = seconds * (1 + Math.random())
    await boss.update(claim.queue, undefined, { id: claim.taskId, startAfter, db: statements(tx) })
    return true
  },
  async drop(tx, queue, ids) {
    await boss.deleteJob(queue, [...ids], { db: statements(tx) })
  },
  [Symbol.asyncDispose]: () => boss.stop({ graceful: false, close: false }),
})

/** pg-boss's types leave out what the answer to one of its commands says. */
const isHeld = (response: object): boolean => 'affected' in response && response.affected === 1

const entryOf = (claim: Claim) => ({ id: claim.taskId, retryCount: claim.number })

const statements = (on: QueryExecutorProvider): Db => ({
  async executeSql(text, values) {
    const { rows } = await on.getExecutor().executeQuery(CompiledQuery.raw(text, values ?? []))
    return { rows }
  },
})

/** A statement of pg-boss's may be a whole transaction; one that failed must not stay open on a connection of the pool. */
const statementsOnPool = <DB>(db: Kysely<DB>): Db => ({
  executeSql: (text, values) =>
    db.connection().execute(async (connection) => {
      try {
        return await statements(connection).executeSql(text, values)
      } catch (error) {
        await sql`rollback`.execute(connection).catch(() => undefined)
        throw error
      }
    }),
})

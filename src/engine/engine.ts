import type { Kysely, QueryExecutorProvider, Transaction } from 'kysely'
import type { Logger } from 'pino'
import type { Outlook } from '../core/shared/outlook.ts'
import type { Queue } from '../core/shared/task.ts'
import { type Backlog, backlog } from './backlog.ts'
import { cancel } from './cancel.ts'
import { complete } from './complete.ts'
import { fail } from './fail.ts'
import { fetch } from './fetch.ts'
import type { Ending } from './next-try.ts'
import { outlookOf } from './outlook.ts'
import { openQueue } from './queue.ts'
import { startStep } from './start-step.ts'
import { purge, strayClaims } from './stray-claims.ts'
import { type TaskItem, tasksOf } from './tasks-of.ts'
import { touch } from './touch.ts'
import { type WorkItem, workOf } from './work-of.ts'

declare const brand: unique symbol
export type StepId = string & { readonly [brand]: 'step' }

/** Any kysely transaction, whatever its tables. Read committed, the default, is assumed. */
export interface EngineTx extends QueryExecutorProvider {
  readonly isTransaction: true
}

export interface StepRequest {
  /** What the work is for, e.g. an asset: the handle of `cancel` and `workOf`. */
  readonly subject: string
  /** Who shares the queue with whom, e.g. a project. */
  readonly tenant: string
  readonly kind: string
  readonly queue: Queue
  /** One task each; JSON. At least one. */
  readonly inputs: readonly unknown[]
  /** Further tries after tries that may be the task's own fault, e.g. it took too long. Deaths of workers and kills are counted apart. */
  readonly retryLimit: number
  /** How long after the first try others may begin when tries end with an error; the last one begins after that. */
  readonly retrySeconds: number
  /** Steps that must be done first. When one of them fails or is cancelled, so is this one. */
  readonly after?: readonly StepId[]
  /** Counts from the time when nothing else holds the step back. */
  readonly delaySeconds?: number
  /** Share of the queue that one task uses up, relative to other kinds; 1 when absent. */
  readonly cost?: number
  /** Of the tenant: who has twice as much gets twice as much while others wait, too. From 1 (when absent) to `MAX_WEIGHT`. */
  readonly weight?: number
  /** How long one task would take on an ordinary machine, on average; 1 when absent. What tasks take here is measured against it. */
  readonly expectedSeconds?: number
}

/** The right to run one task, until it is settled or lost. */
export interface Claim {
  readonly taskId: string
  /** Never repeats for a task, so that a claim which was given away cannot settle it any more. */
  readonly number: number
  readonly stepId: StepId
  readonly subject: string
  readonly tenant: string
  readonly kind: string
  readonly queue: Queue
  readonly input: unknown
  /** 1 for the first try. */
  readonly attempt: number
  /** How many earlier tries may have failed by the task's own fault. */
  readonly suspect: number
  /** How many tries in a row ended because their worker died, or a process of theirs was killed. */
  readonly deaths: number
  /** Time from the first try to this one. */
  readonly triedSeconds: number
  readonly retryLimit: number
  readonly retrySeconds: number
}

/** Writes that commit together with the verb they are given to, or not at all. Nothing slow in here. */
export type Effect<DB> = (trx: Transaction<DB>) => Promise<void>

/**
 * Durable tasks in PostgreSQL. Delivery is at least once, settlement exactly once per task: whatever an effect writes is
 * there once. Lock your own rows before calling a verb inside your transaction; the engine locks its rows last.
 */
export interface Engine<DB = unknown> extends AsyncDisposable {
  /** Inside the caller's transaction: the step and all its tasks are there with it, or not at all. */
  startStep(tx: EngineTx, step: StepRequest): Promise<StepId>
  /** Claims up to `count` tasks for a worker session; tenants take turns. */
  fetch(queue: Queue, count: number, worker: number): Promise<readonly Claim[]>
  /** Keeps the claim alive; at least every 10 s. With an effect, writes it provided that the claim is still held. */
  touch(claim: Claim, progress: number, effect?: Effect<DB>): Promise<'held' | 'lost'>
  /** Settles the task together with the effect; the last task of a step releases the steps that wait for it. */
  complete(claim: Claim, effect: Effect<DB>): Promise<'done' | 'lost'>
  /** Ends the try. When nobody will try again, writes the effect, fails the step and cancels the steps that wait for it. */
  fail(claim: Claim, ending: Ending, effect: Effect<DB>): Promise<'retry' | 'given_up' | 'lost'>
  /**
   * Inside the caller's transaction: ends what waits or runs for the subject, all of it or some
   * kinds, which no step of another kind may wait for. Answers how many steps that were.
   */
  cancel(tx: EngineTx, subject: string, kinds?: readonly string[]): Promise<number>
  /** The steps of a subject, oldest first, at most 200 of the newest; as the transaction sees them, where one is given. */
  workOf(subject: string, tx?: EngineTx): Promise<readonly WorkItem[]>
  /** The tasks of a subject that wait or run, or were given up within a minute, oldest first; as the transaction sees them, where one is given. */
  tasksOf(subject: string, tx?: EngineTx): Promise<readonly TaskItem[]>
  /** What waits for workers, in a time that does not grow with it. */
  backlog(): Promise<readonly Backlog[]>
  /** What the subject's work still has to wait for and to do, from how long such work took before. Costs the same with any backlog. */
  outlookOf(subject: string): Promise<Outlook>
  /** Claims whose worker is no longer there. For the reaper. */
  strayClaims(): Promise<readonly Claim[]>
  /** Forgets up to 1,000 steps that ended long ago. For the reaper, which comes again at once when there are more. */
  purge(): Promise<'more' | 'done'>
}

export interface EngineOptions<DB> {
  readonly db: Kysely<DB>
  readonly logger: Pick<Logger, 'warn'>
}

/** Makes or upgrades pg-boss's own schema when needed; processes that start at once wait for one another. */
export const createEngine = async <DB>({ db, logger }: EngineOptions<DB>): Promise<Engine<DB>> => {
  const queue = await openQueue(db, logger)
  const context = { db, queue }
  return {
    startStep: (tx, step) => startStep(tx, queue, step),
    fetch: (name, count, worker) => fetch(context, { queue: name, count, worker }),
    touch: (claim, progress, effect) => touch(db, claim, { progress, effect }),
    complete: (claim, effect) => complete(context, claim, effect),
    fail: (claim, ending, effect) => fail(context, claim, { ending, effect }),
    cancel: (tx, subject, kinds) => cancel(tx, queue, { subject, kinds }),
    workOf: (subject, tx) => workOf(tx ?? db, subject),
    tasksOf: (subject, tx) => tasksOf(tx ?? db, subject),
    backlog: () => backlog(db),
    outlookOf: (subject) => outlookOf(db, subject),
    strayClaims: () => strayClaims(db),
    purge: () => purge(db),
    [Symbol.asyncDispose]: () => queue[Symbol.asyncDispose](),
  }
}

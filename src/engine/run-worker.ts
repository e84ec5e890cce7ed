import type { Transaction } from 'kysely'
import type { ClientConfig } from 'pg'
import type { Logger } from 'pino'
import { QUEUES, type Queue, type TaskDefinition } from '../core/shared/task.ts'
import type { Claim, Engine } from './engine.ts'
import { deathOf } from './next-try.ts'
import { type Bell, createBell, pause } from './pause.ts'
import { createReaper, SWEEP_MS } from './reaper.ts'
import { ABORT_GRACE_MS, type ClaimRunner, endClaim, runClaim, type TaskTry } from './run-claim.ts'
import { WorkerSession } from './session.ts'

export interface WorkerOptions<DB, Tx> {
  readonly engine: Engine<DB>
  /** Every kind that may be queued. */
  readonly tasks: readonly TaskDefinition<unknown, Tx>[]
  /** Core's view of a transaction of the engine's. */
  readonly bind: (trx: Transaction<DB>) => Tx
  /** For the one connection outside the pool. */
  readonly connection: ClientConfig
  /** Tasks at a time; 0 leaves a queue to other workers. */
  readonly slots: Readonly<Record<Queue, number>>
  /** Fires when the worker shall go away: nothing new is begun. */
  readonly signal: AbortSignal
  /** How long what runs then may go on; the rest is aborted and handed back. */
  readonly drainSeconds: number
  readonly logger: Logger
  readonly onTried?: (task: TaskTry) => void
}

/** Work that was queued without a wake-up (delayed, retried) is found by looking, this often on average. */
const POLL_MS = 1_000
const SETTLE_GRACE_MS = 5_000

/** Pulls tasks and runs them until the signal fires; resolves when nothing of it runs any more. */
export const runWorker = async <DB, Tx>(options: WorkerOptions<DB, Tx>): Promise<void> => {
  const { engine, bind, logger, signal, onTried } = options
  const lanes = QUEUES.filter((queue) => options.slots[queue] > 0).map((queue) => ({
    queue,
    slots: options.slots[queue],
    bell: createBell(),
  }))
  await using session = new WorkerSession({
    connection: options.connection,
    logger,
    onWake(queue) {
      for (const lane of lanes) if (queue === undefined || queue === lane.queue) lane.bell.ring()
    },
  })
  const tasks = new Map(options.tasks.map((task) => [task.kind, task]))
  const end = drainOn(signal, options.drainSeconds)
  const runner = { engine, tasks, bind, logger, drained: end.drained, halted: end.halted, onTried }
  const reaping = reap(runner, session, end.finished)
  await Promise.all(lanes.map((lane) => pull({ runner, session, signal, lane })))
  end.finish()
  await reaping
}

interface Lane {
  readonly queue: Queue
  readonly slots: number
  readonly bell: Bell
}

interface Pull<DB, Tx> {
  readonly runner: ClaimRunner<DB, Tx>
  readonly session: WorkerSession
  readonly signal: AbortSignal
  readonly lane: Lane
}

const pull = async <DB, Tx>(options: Pull<DB, Tx>): Promise<void> => {
  const { runner, signal, lane } = options
  const running = new Set<Promise<void>>()
  while (!signal.aborted) {
    const claims = await claimUpTo(options, lane.slots - running.size)
    for (const claim of claims) {
      const run = (signal.aborted ? handBack(runner, claim) : runClaim(runner, claim)).finally(() => {
        running.delete(run)
        lane.bell.ring()
      })
      running.add(run)
    }
    // Jitter, so that many workers do not look at once.
    if (claims.length === 0) await lane.bell.wait(POLL_MS * (0.7 + 0.6 * Math.random()), signal)
  }
  await Promise.all(running)
}

const claimUpTo = async <DB, Tx>({ runner, session, lane }: Pull<DB, Tx>, free: number): Promise<readonly Claim[]> => {
  const { worker } = session
  if (free <= 0 || worker === undefined) return []
  try {
    return await runner.engine.fetch(lane.queue, free, worker)
  } catch (error) {
    runner.logger.warn({ err: error, queue: lane.queue }, 'no tasks could be fetched, trying again')
    return []
  }
}

/** A claim that arrived after the signal. */
const handBack = async <DB, Tx>(runner: ClaimRunner<DB, Tx>, claim: Claim): Promise<void> => {
  try {
    await endClaim(runner, claim, { type: 'handed_back' })
  } catch (error) {
    runner.logger.error({ err: error }, 'a task could not be handed back')
  }
}

const reap = async <DB, Tx>(
  runner: ClaimRunner<DB, Tx>,
  session: WorkerSession,
  finished: AbortSignal,
): Promise<void> => {
  const { engine, logger } = runner
  await using reaper = createReaper({
    engine,
    logger,
    nowMs: () => performance.now(),
    abandon: async (claim) => void (await endClaim(runner, claim, deathOf(claim))),
  })
  while (await pause(SWEEP_MS, finished)) {
    try {
      const standing = await session.standing()
      if (standing !== 'settling') await reaper.sweep(standing)
    } catch (error) {
      logger.warn({ err: error }, 'looking for abandoned tasks failed, trying again')
    }
  }
}

/** Signal, then `drained` after so many seconds, then `halted`; `finish` when there is nothing left to wait for. */
const drainOn = (signal: AbortSignal, drainSeconds: number) => {
  const drained = new AbortController()
  const halted = new AbortController()
  const finished = new AbortController()
  const begin = async (): Promise<void> => {
    if (!(await pause(drainSeconds * 1000, finished.signal))) return
    drained.abort(new Error('the worker drains'))
    if (await pause(ABORT_GRACE_MS + SETTLE_GRACE_MS, finished.signal)) halted.abort()
  }
  if (signal.aborted) void begin()
  else signal.addEventListener('abort', () => void begin(), { once: true, signal: finished.signal })
  return {
    drained: drained.signal,
    halted: halted.signal,
    finished: finished.signal,
    finish: () => finished.abort(),
  }
}

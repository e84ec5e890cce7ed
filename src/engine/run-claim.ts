import { randomBytes } from 'node:crypto'
import type { Transaction } from 'kysely'
import type { Logger } from 'pino'
import { assertNever } from '../core/shared/assert-never.ts'
import {
  type Commit,
  KilledFailure,
  PermanentFailure,
  SuspectFailure,
  type TaskDefinition,
} from '../core/shared/task.ts'
import type { Claim, Effect, Engine } from './engine.ts'
import { deathOf, type Ending } from './next-try.ts'
import { pause } from './pause.ts'
import { reasonOf } from './reason.ts'
import { isTransient } from './transient.ts'

export interface ClaimRunner<DB, Tx> {
  readonly engine: Engine<DB>
  readonly tasks: ReadonlyMap<string, TaskDefinition<unknown, Tx>>
  readonly bind: (trx: Transaction<DB>) => Tx
  readonly logger: Logger
  /** Fires when there is no time left to finish what runs: it is handed back. */
  readonly drained: AbortSignal
  /** Fires when even settling must stop; whoever reaps will do it. */
  readonly halted: AbortSignal
  /** Hears of every try that ended here. */
  readonly onTried?: ((task: TaskTry) => void) | undefined
}

export interface TaskTry {
  readonly kind: string
  /** `lost`: the task belongs to somebody else, is cancelled, or is left to whoever reaps. */
  readonly outcome: 'done' | 'retry' | 'given_up' | 'handed_back' | 'lost'
  readonly seconds: number
}

const BEAT_MS = 2_000
const BEAT_AGAIN_MS = 500
/** Less than the silence after which others take the claim: a worker that is cut off must have stopped by then. */
const SILENT_MS = 8_000
/** How long an aborted `run` may take to clean up before it is left behind. */
export const ABORT_GRACE_MS = 10_000
const RETRY_FIRST_MS = 100
const RETRY_MAX_MS = 2_000

type Outcome<Tx> =
  | { readonly type: 'done'; readonly commit: Commit<Tx> }
  | { readonly type: 'ended'; readonly ending: Ending }
  | { readonly type: 'lost' }

/** Runs one task to its settlement. Never throws. */
export const runClaim = async <DB, Tx>(runner: ClaimRunner<DB, Tx>, claim: Claim): Promise<void> => {
  const log = runner.logger.child({ kind: claim.kind, subject: claim.subject, attempt: claim.attempt })
  const over = new AbortController()
  const lost = new AbortController()
  const cutOff = new AbortController()
  const beat = { progress: 0 }
  const beganMs = performance.now()
  const beating = keepHeld(runner, claim, { beat, lost, cutOff, over: over.signal, log })
  try {
    const definition = runner.tasks.get(claim.kind)
    const outcome: Outcome<Tx> = definition
      ? await tryTask(runner, claim, {
          ...{ definition, beat, lost: lost.signal, cutOff: cutOff.signal },
        }).catch((error: unknown) => failedBy(claim, error))
      : failedBy(claim, new Error(`no worker knows "${claim.kind}"`))
    const settled = await settle({ ...runner, logger: log }, claim, outcome)
    runner.onTried?.({ kind: claim.kind, outcome: settled, seconds: (performance.now() - beganMs) / 1000 })
  } catch (error) {
    log.error({ err: error }, 'a task could not be settled')
  } finally {
    over.abort()
    await beating
  }
}

/** Ends a try; when the task is given up, with what its definition wants written. */
export const endClaim = async <DB, Tx>(
  runner: ClaimRunner<DB, Tx>,
  claim: Claim,
  ending: Ending,
): Promise<TaskTry['outcome']> => {
  const { engine, logger, bind } = runner
  const definition = runner.tasks.get(claim.kind)
  const effect: Effect<DB> = async (trx) => {
    if (definition && ending.type !== 'handed_back') await definition.failed(claim.input, ending.reason)(bind(trx))
  }
  try {
    const answer = await persist(runner, () => engine.fail(claim, ending, effect))
    logEnding(logger, ending, answer)
    return outcomeOfEnding(ending, answer)
  } catch (error) {
    // The task must end even so: it would be tried for ever.
    logger.error({ err: error }, 'what follows from a failed task could not be written, giving it up without')
    return outcomeOfEnding(ending, await persist(runner, () => engine.fail(claim, ending, async () => undefined)))
  }
}

type FailAnswer = 'retry' | 'given_up' | 'lost' | undefined

const outcomeOfEnding = (ending: Ending, answer: FailAnswer): TaskTry['outcome'] =>
  ending.type === 'handed_back' && answer === 'retry' ? 'handed_back' : (answer ?? 'lost')

interface Heart {
  readonly beat: { readonly progress: number }
  readonly lost: AbortController
  /** Fires when no heartbeat got through for so long that others may soon take the claim. */
  readonly cutOff: AbortController
  readonly over: AbortSignal
  readonly log: Logger
}

const keepHeld = async <DB, Tx>({ engine }: ClaimRunner<DB, Tx>, claim: Claim, heart: Heart) => {
  const { beat, lost, cutOff, over, log } = heart
  // A timer of its own: a heartbeat may also hang.
  using silence = silenceAfter(SILENT_MS, cutOff)
  let nextMs = BEAT_MS
  while (await pause(nextMs, over)) {
    const beganMs = performance.now()
    try {
      if ((await engine.touch(claim, beat.progress)) === 'lost') return lost.abort(new Error('the claim was lost'))
      silence.brokenAt(beganMs)
      nextMs = BEAT_MS
    } catch (error) {
      log.warn({ err: error }, 'a heartbeat failed, trying again')
      nextMs = BEAT_AGAIN_MS
    }
  }
}

const silenceAfter = (ms: number, cutOff: AbortController) => {
  const arm = (inMs: number) => setTimeout(() => cutOff.abort(new Error('PostgreSQL does not answer')), inMs)
  let timer = arm(ms)
  return {
    brokenAt(nowMs: number) {
      clearTimeout(timer)
      timer = arm(nowMs + ms - performance.now())
    },
    [Symbol.dispose]: () => clearTimeout(timer),
  }
}

interface Try<Tx> {
  readonly definition: TaskDefinition<unknown, Tx>
  readonly beat: { progress: number }
  readonly lost: AbortSignal
  readonly cutOff: AbortSignal
}

const tryTask = async <DB, Tx>(
  runner: ClaimRunner<DB, Tx>,
  claim: Claim,
  { definition, beat, lost, cutOff }: Try<Tx>,
): Promise<Outcome<Tx>> => {
  const started = await announce(runner, claim, definition)
  if (started !== 'held') return { type: 'lost' }
  using deadline = deadlineIn(definition.timeoutSeconds)
  const signal = AbortSignal.any([lost, cutOff, deadline.signal, runner.drained])
  const running = outcomeOf(claim, () =>
    definition.run(claim.input, {
      signal,
      attempt: claim.attempt,
      tryId: randomBytes(16).toString('hex'),
      repeated: claim.number > 0,
      progress(share) {
        beat.progress = Math.min(1, Math.max(0, share))
      },
    }),
  )
  const outcome = await unlessLeftBehind(running, signal)
  if (lost.aborted) return { type: 'lost' }
  if (deadline.signal.aborted) return suspectedOf(deadline.signal.reason)
  // Drained or cut off: what the abort broke is no failure, what was finished even so is not thrown away.
  if (!outcome || (signal.aborted && outcome.type === 'ended'))
    return { type: 'ended', ending: { type: 'handed_back' } }
  return outcome
}

const announce = async <DB, Tx>(runner: ClaimRunner<DB, Tx>, claim: Claim, definition: TaskDefinition<unknown, Tx>) => {
  const commit = definition.started?.(claim.input)
  if (!commit) return 'held'
  return persist(runner, () => runner.engine.touch(claim, 0, (trx) => commit(runner.bind(trx))))
}

const outcomeOf = async <Tx>(claim: Claim, run: () => Promise<Commit<Tx>>): Promise<Outcome<Tx>> => {
  try {
    return { type: 'done', commit: await run() }
  } catch (error) {
    return failedBy(claim, error)
  }
}

type Ended = { readonly type: 'ended'; readonly ending: Ending }

const failedBy = (claim: Claim, error: unknown): Ended => {
  if (error instanceof SuspectFailure) return suspectedOf(error)
  if (error instanceof KilledFailure) return { type: 'ended', ending: deathOf(claim, error.message) }
  const permanent = error instanceof PermanentFailure
  return { type: 'ended', ending: { type: 'failed', reason: reasonOf(error), permanent } }
}

const suspectedOf = (error: unknown): Ended => ({
  type: 'ended',
  ending: { type: 'suspect', reason: reasonOf(error) },
})

/** A `run` that does not end after its signal fired is left behind: its slot and its claim matter more. */
const unlessLeftBehind = async <T>(running: Promise<T>, signal: AbortSignal): Promise<T | undefined> => {
  const finished = new AbortController()
  const left = async (): Promise<undefined> => {
    const either = AbortSignal.any([signal, finished.signal])
    if (!either.aborted) await new Promise((resolve) => either.addEventListener('abort', resolve, { once: true }))
    await pause(ABORT_GRACE_MS, finished.signal)
  }
  try {
    return await Promise.race([running, left()])
  } finally {
    finished.abort()
  }
}

const settle = async <DB, Tx>(
  runner: ClaimRunner<DB, Tx>,
  claim: Claim,
  outcome: Outcome<Tx>,
): Promise<TaskTry['outcome']> => {
  switch (outcome.type) {
    case 'done':
      return completeClaim(runner, claim, outcome.commit)
    case 'ended':
      return endClaim(runner, claim, outcome.ending)
    case 'lost':
      runner.logger.info('the claim was lost, its task belongs to somebody else or is cancelled')
      return 'lost'
    default:
      return assertNever(outcome)
  }
}

const completeClaim = async <DB, Tx>(
  runner: ClaimRunner<DB, Tx>,
  claim: Claim,
  commit: Commit<Tx>,
): Promise<TaskTry['outcome']> => {
  try {
    const answer = await persist(runner, () => runner.engine.complete(claim, (trx) => commit(runner.bind(trx))))
    if (answer === 'lost') runner.logger.info('the claim was lost before its result could be written')
    return answer ?? 'lost'
  } catch (error) {
    runner.logger.error({ err: error }, 'the result of a task could not be written')
    return endClaim(runner, claim, { type: 'failed', reason: reasonOf(error), permanent: false })
  }
}

/** Again and again while PostgreSQL is away. `undefined`: halted before it came back. */
const persist = async <DB, Tx, T>(
  runner: ClaimRunner<DB, Tx>,
  settleOnce: () => Promise<T>,
): Promise<T | undefined> => {
  for (let waitMs = RETRY_FIRST_MS; ; waitMs = Math.min(2 * waitMs, RETRY_MAX_MS)) {
    try {
      return await settleOnce()
    } catch (error) {
      if (!isTransient(error)) throw error
      runner.logger.warn({ err: error }, 'the database is away, trying again')
      if (!(await pause(waitMs, runner.halted))) return undefined
    }
  }
}

const deadlineIn = (seconds: number) => {
  const control = new AbortController()
  const timer = setTimeout(() => control.abort(new Error(`it took longer than ${seconds} s`)), seconds * 1000)
  return { signal: control.signal, [Symbol.dispose]: () => clearTimeout(timer) }
}

const logEnding = (logger: Logger, ending: Ending, answer: FailAnswer): void => {
  const reason = ending.type === 'handed_back' ? 'the worker drains' : ending.reason
  if (answer === 'given_up') logger.warn({ reason }, 'a task is given up')
  else logger.info({ reason, answer }, 'a try of a task ended')
}

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'

export interface ChildOptions {
  /** The program and its arguments, e.g. `cli/main.js`, `['serve']`. */
  readonly program: string
  readonly name: 'serve' | 'worker'
  /** Asked anew for every start. */
  readonly environment: () => NodeJS.ProcessEnv
  readonly logger: Logger
  readonly onMessage?: (message: unknown) => void
}

/** A child refused its first start with exit code 2 and has said why: nothing is left to print. */
export class StartRefusedError extends Error {
  override readonly name = 'StartRefusedError'
}

/** Says to a child who started it; its messages then go to us instead of to a person. */
export const SUPERVISED_FLAG = '--supervised'

const FIRST_PAUSE_MS = 200
const LONGEST_PAUSE_MS = 10_000
/** A child that worked for so long was sound: whatever ended it will not end the next one at once. */
const SOUND_AFTER_MS = 2_000
/** Above what a worker takes to drain. */
const STOP_PATIENCE_MS = 40_000

/**
 * A process of ours that is started again whenever it ends by itself. It ends with us: its IPC channel closes when we die, by
 * kill -9 too, and it takes that for SIGTERM.
 */
export class SupervisedChild implements AsyncDisposable {
  readonly #options: ChildOptions
  readonly #stopping = new AbortController()
  readonly #supervision: Promise<void>
  /** Rejects with `StartRefusedError` when the child refuses its first start, e.g. because the port is taken. */
  readonly refused: Promise<never>
  #child: ChildProcess | undefined

  constructor(options: ChildOptions) {
    this.#options = options
    const { promise, reject } = Promise.withResolvers<never>()
    this.refused = promise
    promise.catch(() => {})
    this.#supervision = this.#supervise(reject)
  }

  /** SIGTERM, and SIGKILL for a child that does not end in time. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort()
    this.#child?.kill('SIGTERM')
    const patience = new AbortController()
    const kill = delay(STOP_PATIENCE_MS, undefined, { signal: patience.signal }).then(
      () => this.#child?.kill('SIGKILL'),
      () => {},
    )
    await this.#supervision
    patience.abort()
    await kill
  }

  async #supervise(refuse: (reason: Error) => void): Promise<void> {
    const { name, logger } = this.#options
    const { signal } = this.#stopping
    let pauseMs = 0
    for (let starts = 0; !signal.aborted; starts++) {
      const { code, workedMs } = await this.#runOnce()
      if (signal.aborted) return
      // Exit code 2 is a wrong setting or a taken port: trying again would not help.
      if (code === 2 && starts === 0) return refuse(new StartRefusedError(`${name} could not start`))
      pauseMs = pauseAfter({ workedMs, lastPauseMs: pauseMs })
      logger.warn({ child: name, code, pause_ms: pauseMs }, 'a process ended and is started again')
      await delay(pauseMs, undefined, { signal }).catch(() => {})
    }
  }

  async #runOnce(): Promise<Run> {
    const { program, name, environment, onMessage } = this.#options
    const env = environment()
    try {
      const child = fork(program, [name, SUPERVISED_FLAG], { env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
      this.#child = child
      let readyMs: number | undefined
      child.on('message', (message) => {
        readyMs ??= performance.now()
        onMessage?.(message)
      })
      const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
      return { code: code ?? signal ?? 'unknown', workedMs: readyMs === undefined ? 0 : performance.now() - readyMs }
    } catch (error) {
      // The system could not make one (EAGAIN, ENOMEM): as if it had died young. Node throws some of these and emits others.
      return { code: error instanceof Error && 'code' in error ? String(error.code) : String(error), workedMs: 0 }
    } finally {
      this.#child = undefined
    }
  }
}

interface Run {
  /** Exit code, the signal that ended it, or the system's reason why it never began. */
  readonly code: number | string
  /** From its first message, which says that it is ready, to its end. */
  readonly workedMs: number
}

/** None after a sound child; longer and longer ones between children that die young, one after the other. */
export const pauseAfter = ({ workedMs, lastPauseMs }: { workedMs: number; lastPauseMs: number }): number =>
  workedMs >= SOUND_AFTER_MS ? 0 : Math.min(Math.max(lastPauseMs * 2, FIRST_PAUSE_MS), LONGEST_PAUSE_MS)

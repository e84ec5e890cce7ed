import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { SuspectFailure } from '../../core/shared/task.ts'

export interface PictureProgram {
  /** For messages: "what reads text in pictures". */
  readonly name: string
  readonly file: string
  readonly args?: readonly string[]
  /** What it may write to, wherever that lies: V8, WebAssembly, native libraries. Without effect where `ulimit -d` does not work. */
  readonly memoryBytes: number
  readonly loadMs: number
  /** For one picture. */
  readonly answerMs: number
}

interface Question {
  readonly id: number
  readonly limitMs: number
}

/**
 * As FFmpeg's (adapters/ffmpeg/run.ts). Not address space: V8 and WebAssembly reserve far more than they use. And no more processor
 * time than a review may last, for one that hangs when its worker dies.
 */
const LIMITED = [
  'umask 077; ulimit -c 0; ulimit -t 21600; { echo 500 >/proc/self/oom_score_adj; } 2>/dev/null || :',
  'ulimit -d "$1" 2>/dev/null || :; shift; exec nice -n 10 "$@"',
].join('; ')

const ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', MALLOC_ARENA_MAX: '2' }

/**
 * A program in a process of its own that answers questions about pictures, one at a time: native code that crashes, hangs or takes all
 * memory ends with it, and a review that ends ends it. What is wrong with it is a `SuspectFailure`.
 */
export class PictureProcess {
  readonly #program: PictureProgram
  readonly #child: ChildProcess
  /** Fires with the reason when it has ended. */
  readonly #gone = new AbortController()
  #questions = 0

  /** Answers when it is loaded. */
  static async open(program: PictureProgram, signal: AbortSignal): Promise<PictureProcess> {
    signal.throwIfAborted()
    const opened = new PictureProcess(program)
    try {
      await opened.#answer({ id: 0, limitMs: program.loadMs }, signal)
      return opened
    } catch (error) {
      await opened[Symbol.asyncDispose]()
      throw error
    }
  }

  private constructor(program: PictureProgram) {
    this.#program = program
    const limit = String(Math.ceil(program.memoryBytes / 1024))
    const command = [process.execPath, program.file, ...(program.args ?? [])]
    this.#child = spawn('/bin/sh', ['-c', LIMITED, 'sh', limit, ...command], {
      ...{ detached: true, cwd: '/', env: ENVIRONMENT, serialization: 'advanced' },
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    const end = (why: string) => this.#gone.abort(new SuspectFailure(`${program.name} has ended unexpectedly (${why})`))
    this.#child.on('error', (error) => end(error.message))
    this.#child.on('exit', (code, signal) => end(signal ?? `exit code ${code}`))
  }

  /** What it says about a JPEG; of whatever form. */
  async ask(jpeg: Uint8Array, signal: AbortSignal): Promise<unknown> {
    signal.throwIfAborted()
    this.#questions += 1
    const question = { id: this.#questions, jpeg }
    // That it could not be sent is seen by its end.
    this.#child.send(question, () => undefined)
    return this.#answer({ id: question.id, limitMs: this.#program.answerMs }, signal)
  }

  async #answer({ id, limitMs }: Question, signal: AbortSignal): Promise<unknown> {
    const { name } = this.#program
    const late = AbortSignal.timeout(limitMs)
    const answer = await this.#message(AbortSignal.any([signal, late, this.#gone.signal])).catch((error: unknown) => {
      // Whoever does not wait for an answer any more has no other question either.
      this.#kill()
      signal.throwIfAborted()
      this.#gone.signal.throwIfAborted()
      if (late.aborted) throw new SuspectFailure(`${name} gave no answer within ${limitMs / 1000} s`)
      throw error
    })
    if (member(answer, 'id') !== id) throw new SuspectFailure(`${name} answers something else`)
    const error = member(answer, 'error')
    if (error !== undefined) throw new SuspectFailure(`${name} cannot say: ${String(error)}`)
    return member(answer, 'answer')
  }

  async #message(signal: AbortSignal): Promise<unknown> {
    const [message]: unknown[] = await once(this.#child, 'message', { signal })
    return message
  }

  #kill(): void {
    const { pid, exitCode, signalCode } = this.#child
    if (pid === undefined || exitCode !== null || signalCode !== null) return
    try {
      process.kill(-pid, 'SIGKILL')
    } catch {
      // It ended by itself a moment ago.
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#kill()
    if (!this.#gone.signal.aborted) await once(this.#gone.signal, 'abort')
  }
}

const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined

import { setTimeout as delay } from 'node:timers/promises'
import { runTelecine, type TelecineProcess } from '../journeys/processes.ts'

export interface Started {
  readonly role: 'serve' | 'worker'
  readonly settings: Readonly<Record<string, string>>
  readonly program: string
}

const PAUSE_MS = 100
const LAST_WORDS = 20

/** A `telecine serve` or `worker` that is started again whenever it ends, as whatever runs services does. */
export class KeptProcess implements AsyncDisposable {
  readonly role: Started['role']
  /** The one that runs now, or has just ended. */
  current: TelecineProcess
  /** Ends that nobody asked for. A start that finds no database or store is none of them: it ends, and is tried again. */
  readonly ownEnds: string[] = []
  readonly #closing = new AbortController()
  readonly #kept: Promise<void>

  constructor(started: Started) {
    this.role = started.role
    const start = () => runTelecine([started.role], started.settings, started.program)
    this.current = start()
    this.#kept = this.#keep(start)
  }

  get pid(): number {
    return this.current.pid
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    await this.current[Symbol.asyncDispose]()
    await this.#kept
  }

  async #keep(start: () => TelecineProcess): Promise<void> {
    for (;;) {
      const end = await this.current.ended
      if (this.#closing.signal.aborted) return
      const { lines, complaints } = this.current
      if (end !== 'SIGKILL' && hadBegun([...lines, ...complaints])) {
        this.ownEnds.push(`${this.role} ended by itself: ${end}: ${complaints.slice(-LAST_WORDS).join('\n')}`)
      }
      await delay(PAUSE_MS)
      if (this.#closing.signal.aborted) return
      this.current = start()
    }
  }
}

/** What each role says when it does its work. */
const hadBegun = (said: readonly string[]): boolean =>
  said.some((line) => /^telecine ready |"worker started"/.test(line))

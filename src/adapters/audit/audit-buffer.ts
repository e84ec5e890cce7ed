import type { Logger } from 'pino'
import type { AuditEntry } from '../../core/audit/entry.ts'
import type { AuditStore, AuditTrail } from '../../core/audit/ports.ts'
import type { Now } from '../../core/shared/clock.ts'

export interface AuditBufferOptions {
  readonly store: Pick<AuditStore, 'append'>
  readonly logger: Pick<Logger, 'error' | 'warn'>
  readonly now: Now
}

/** What a process that is killed may lose. */
const FLUSH_MS = 200
/** After a failure. */
const AGAIN_MS = 1_000
const AT_ONCE = 500
/** Some seconds of what one process can answer; without the database it answers nothing, so this takes a hanging one. */
const MOST_WAITING = 10_000

/**
 * Entries of calls, written many at a time, so that a call costs no statement of its own. What cannot be kept, or not be written at the
 * end, goes to the process's log instead. Disposing writes what is left.
 */
export class AuditBuffer implements AuditTrail, AsyncDisposable {
  readonly #options: AuditBufferOptions
  readonly #waiting: AuditEntry[] = []
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> = Promise.resolve()

  constructor(options: AuditBufferOptions) {
    this.#options = options
  }

  add(entry: Omit<AuditEntry, 'happenedAt'>): void {
    const stamped = { ...entry, happenedAt: this.#options.now() }
    if (this.#waiting.length >= MOST_WAITING) this.#logInstead([stamped])
    else this.#waiting.push(stamped)
    this.#flushIn(FLUSH_MS)
  }

  flush(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#write())
    return this.#writing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.flush()
    clearTimeout(this.#timer)
    this.#logInstead(this.#waiting.splice(0))
  }

  #flushIn(ms: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      void this.flush()
    }, ms)
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, AT_ONCE)
      try {
        await this.#options.store.append(batch)
        this.#waiting.splice(0, batch.length)
      } catch (error) {
        this.#options.logger.warn(
          { err: error, entries: this.#waiting.length },
          'the audit log could not be written, trying again',
        )
        this.#flushIn(AGAIN_MS)
        return
      }
    }
  }

  #logInstead(entries: readonly AuditEntry[]): void {
    for (const entry of entries)
      this.#options.logger.error({ audit_entry: entry }, 'an entry of the audit log was not stored')
  }
}

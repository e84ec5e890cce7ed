import { setTimeout as delay } from 'node:timers/promises'
import { isTransient } from '../engine/transient.ts'
import { firstLineOf } from './first-line.ts'

/** What a start needs and cannot reach: no fault of the settings, so that whoever starts us may try again. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError'
}

/** As for a PostgreSQL that is started together with us, dies or recovers. */
const PATIENCE_MS = 10_000
const POLL_MS = 100

/** Tries again while the database does not answer, for a while; then throws `UnreachableError`. What it does may run twice. */
export const untilReachable = async <T>(work: () => Promise<T>): Promise<T> => {
  const deadline = performance.now() + PATIENCE_MS
  for (;;) {
    try {
      return await work()
    } catch (cause) {
      const reason = transientIn(cause)
      if (reason === undefined) throw cause
      if (performance.now() > deadline) {
        throw new UnreachableError(
          `TELECINE_DATABASE_URL must be of a PostgreSQL that answers; tried for ${PATIENCE_MS / 1000} s: ${firstLineOf(reason)}`,
          { cause },
        )
      }
      await delay(POLL_MS)
    }
  }
}

/** What says who was doing it has what went wrong as its cause. */
const transientIn = (error: unknown): unknown => {
  if (isTransient(error)) return error
  return error instanceof Error && error.cause !== undefined ? transientIn(error.cause) : undefined
}

import { setTimeout as delay } from 'node:timers/promises'

const PATIENCE_MS = 180_000

/** For tests that wait for several things; on a quiet machine they take seconds. */
export const PATIENT = { timeout: 400_000 }

/** Waits for something that is bound to happen; gives up after three minutes, because the machine may be busy. */
export const until = async <T>(
  what: string,
  look: () => Promise<T | undefined | false>,
  patienceMs = PATIENCE_MS,
): Promise<T> => {
  const start = performance.now()
  for (;;) {
    const found = await look()
    if (found) return found
    const waitedMs = performance.now() - start
    if (waitedMs > patienceMs) throw new Error(`not within ${patienceMs / 60_000} minutes: ${what}`)
    // Looks into pages and processes cost more than what is waited for, if there are many.
    await delay(Math.min(25 + waitedMs / 20, 50))
  }
}

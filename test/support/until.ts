import { setTimeout as delay } from 'node:timers/promises'

const PATIENCE_MS = 180_000

/** Waits for something that is bound to happen; gives up after three minutes, because the machine may be busy. */
export const until = async <T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> => {
  const deadline = performance.now() + PATIENCE_MS
  for (;;) {
    const found = await look()
    if (found) return found
    if (performance.now() > deadline) throw new Error(`not within ${PATIENCE_MS / 60_000} minutes: ${what}`)
    await delay(25)
  }
}

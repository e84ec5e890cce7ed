import { setTimeout as sleep } from 'node:timers/promises'

/** True when the time has passed, false as soon as the signal fires. */
export const pause = (ms: number, signal: AbortSignal): Promise<boolean> =>
  sleep(ms, true, { signal }).catch(() => false)

export interface Bell {
  ring(): void
  /** Until the next ring, or one that nobody has heard yet; at most so long. One waits at a time. */
  wait(ms: number, signal: AbortSignal): Promise<void>
}

export const createBell = (): Bell => {
  let rung = false
  let wake = (): void => undefined
  return {
    ring() {
      rung = true
      wake()
    },
    async wait(ms, signal) {
      if (!rung && !signal.aborted) {
        const over = new AbortController()
        wake = () => over.abort()
        signal.addEventListener('abort', wake, { signal: over.signal })
        await pause(ms, over.signal)
        over.abort()
      }
      rung = false
    },
  }
}

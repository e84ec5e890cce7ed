import type { Logger } from 'pino'
import { pause } from '../engine/pause.ts'

interface Repeated {
  /** Completes "... failed, trying again". */
  readonly what: string
  readonly everyMs: number
  readonly signal: AbortSignal
  readonly logger: Pick<Logger, 'warn'>
}

/** Does something now and again until the signal fires; resolves when it is not under way any more. One that fails comes again. */
export const repeat = async (
  { what, everyMs, signal, logger }: Repeated,
  work: (signal: AbortSignal) => Promise<unknown>,
): Promise<void> => {
  do {
    try {
      await work(signal)
    } catch (error) {
      logger.warn({ err: error }, `${what} failed, trying again`)
    }
    // Jitter, so that many processes do not look at once.
  } while (await pause(everyMs * (0.7 + 0.6 * Math.random()), signal))
}

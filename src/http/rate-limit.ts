import type { Now } from '../core/shared/clock.ts'
import { GatewayError } from './gateway-error.ts'
import type { LimitRate } from './register-operations.ts'

/** Who is counted, and how many calls they have per minute. */
export interface Quota {
  readonly key: string
  readonly perMinute: number
}

export interface MinuteCounter {
  /** Counts one call for each quota, or for none: answers the one that is used up. */
  take(quotas: readonly Quota[]): Quota | undefined
  /** Until all quotas are fresh again. */
  secondsLeft(): number
}

const MINUTE_MS = 60_000

/** Calls per clock minute, per process. Refused calls are not counted, so memory is bounded by what was let through. */
export const createMinuteCounter = (now: Now): MinuteCounter => {
  const counts = new Map<string, number>()
  let minute = 0
  return {
    take(quotas) {
      const present = Math.floor(now().getTime() / MINUTE_MS)
      if (present !== minute) counts.clear()
      minute = present
      const exhausted = quotas.find(({ key, perMinute }) => (counts.get(key) ?? 0) >= perMinute)
      if (exhausted) return exhausted
      for (const { key } of quotas) counts.set(key, (counts.get(key) ?? 0) + 1)
      return undefined
    },
    secondsLeft: () => Math.ceil((MINUTE_MS - (now().getTime() % MINUTE_MS)) / 1000),
  }
}

/** For operations that name a limit; answered as the vendor's gateway does. */
export const createRateLimit = (counter: MinuteCounter): LimitRate => {
  return ({ id, rateLimit }, { projectId }) => {
    if (!rateLimit) return
    const [perProject, overall] = rateLimit
    const exhausted = counter.take([
      { key: `${id} ${projectId}`, perMinute: perProject },
      { key: id, perMinute: overall },
    ])
    if (!exhausted) return
    throw new GatewayError(429, 'APIGW.0308', {
      message: `The throttling threshold has been reached: policy user over ratelimit,limit:${exhausted.perMinute},time:1 minute`,
      headers: { 'retry-after': String(counter.secondsLeft()) },
    })
  }
}

import type { AssetId } from '../shared/ids.ts'
import type { EventKind } from './event.ts'

export const DELIVERY_STATES = ['waiting', 'delivered', 'dead'] as const
export type DeliveryState = (typeof DELIVERY_STATES)[number]

/** One event for one endpoint, as the log shows it. */
export interface Delivery {
  readonly id: number
  readonly eventId: string
  readonly assetId: AssetId
  readonly kind: EventKind
  readonly happenedAt: Date
  readonly state: DeliveryState
  /** Since it was queued last. */
  readonly tries: number
  readonly triedAt?: Date
  /** Of the last try: the status of the answer, and what was wrong. */
  readonly status?: number
  readonly error?: string
}

export type NextTry = { readonly state: 'waiting'; readonly pauseSeconds: number } | { readonly state: 'dead' }

/** A receiver may be away for so long before an event is given up. */
const GIVE_UP_SECONDS = 24 * 3600
const PAUSE_MAX_SECONDS = 600

/**
 * What follows a try that failed. The time since it was queued counts, also that in which earlier events of its asset were tried: so
 * what waits behind a dead receiver is given up together, each after one try of its own. `random`: 0 to 1, so that many
 * events do not come back at once.
 */
export const nextTry = (
  { tries, queuedAt }: { readonly tries: number; readonly queuedAt: Date },
  { now, random }: { readonly now: Date; readonly random: number },
): NextTry => {
  if (now.getTime() - queuedAt.getTime() >= GIVE_UP_SECONDS * 1000) return { state: 'dead' }
  return { state: 'waiting', pauseSeconds: Math.min(PAUSE_MAX_SECONDS, 2 ** (tries - 1)) * (0.5 + random) }
}

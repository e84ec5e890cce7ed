import type { Logger } from 'pino'
import type { ClaimedDelivery, DeliveryQueue, Try } from '../../core/notifications/ports.ts'
import { createBell, pause } from '../../engine/pause.ts'

export interface SenderOptions {
  readonly queue: Pick<DeliveryQueue, 'claim' | 'purge'>
  readonly send: (claimed: ClaimedDelivery) => Promise<Try['state'] | 'lost'>
  /** Longer than a try can take. */
  readonly leaseSeconds: number
  /** Fires when the process shall go away: nothing new is begun. What is under way ends within seconds, and is better settled than sent again. */
  readonly signal: AbortSignal
  readonly logger: Pick<Logger, 'warn'>
}

/** At a time and process: a try costs little but its wait, so a few dead receivers never take all of the places. */
const MOST_SENDS = 128
const MOST_PER_ENDPOINT = 8
const POLL_MS = 500
const PURGE_MS = 600_000
const KEPT_MS = 30 * 86_400_000

/** Sends what is due until the signal fires; resolves when nothing of it is under way. Any number of processes may do so. */
export const runSender = async (options: SenderOptions): Promise<void> => {
  const { queue, leaseSeconds, signal, logger } = options
  const busy = new Map<string, number>()
  const running = new Set<Promise<void>>()
  const bell = createBell()
  const purging = purge(options)
  while (!signal.aborted) {
    const wish = { most: MOST_SENDS - running.size, perEndpoint: MOST_PER_ENDPOINT, busy, leaseSeconds }
    const claimed = await queue.claim(wish).catch((error: unknown) => {
      logger.warn({ err: error }, 'no events could be fetched for webhooks, trying again')
      return []
    })
    for (const one of claimed) {
      const { endpointId } = one
      busy.set(endpointId, (busy.get(endpointId) ?? 0) + 1)
      const run = sendOne(options, one).finally(() => {
        running.delete(run)
        const left = (busy.get(endpointId) ?? 1) - 1
        if (left > 0) busy.set(endpointId, left)
        else busy.delete(endpointId)
        bell.ring()
      })
      running.add(run)
    }
    // Jitter, so that many processes do not look at once.
    if (claimed.length === 0 || running.size >= MOST_SENDS)
      await bell.wait(POLL_MS * (0.7 + 0.6 * Math.random()), signal)
  }
  await Promise.all(running)
  await purging
}

const sendOne = async ({ send, logger }: SenderOptions, claimed: ClaimedDelivery): Promise<void> => {
  const named = { webhook: claimed.endpointId, delivery: claimed.deliveryId, asset: claimed.assetId }
  try {
    const end = await send(claimed)
    if (end === 'dead') logger.warn(named, 'an event is given up: its webhook did not take it')
  } catch (error) {
    logger.warn({ ...named, err: error }, 'a try to send an event could not be settled; it comes again')
  }
}

const purge = async ({ queue, signal, logger }: SenderOptions): Promise<void> => {
  do {
    try {
      while (!signal.aborted && (await queue.purge(new Date(Date.now() - KEPT_MS))) === 'more');
    } catch (error) {
      logger.warn({ err: error }, 'old events could not be removed, trying again later')
    }
  } while (await pause(PURGE_MS, signal))
}

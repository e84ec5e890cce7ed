import { nextTry } from './delivery.ts'
import type { ClaimedDelivery, DeliveryQueue, PostOutcome, Try } from './ports.ts'
import { complaintOf, isAccepted, type SendDeps, sendMessage } from './send-message.ts'

export interface DeliverDeps extends SendDeps {
  readonly queue: Pick<DeliveryQueue, 'settle'>
  /** 0 to 1. */
  readonly random: () => number
}

/** One try of a claimed delivery, and what follows from it. Answers how it ended; `lost` as `DeliveryQueue.settle`. */
export const sendDelivery =
  (deps: DeliverDeps) =>
  async (claimed: ClaimedDelivery): Promise<Try['state'] | 'lost'> => {
    const { event, endpoint, deliveryId, tries } = claimed
    const { id, happenedAt: at, content } = event
    const message = { id, at, subject: content.kind, text: deps.messages.eventText(event) }
    const headers = { 'telecine-delivery-id': String(deliveryId), 'telecine-delivery-try': String(tries + 1) }
    const end = endOf(deps, claimed, await sendMessage(deps, { endpoint, message, headers }))
    return (await deps.queue.settle(claimed, end)) === 'lost' ? 'lost' : end.state
  }

const endOf = (
  { now, random }: Pick<DeliverDeps, 'now' | 'random'>,
  { tries, queuedAt }: ClaimedDelivery,
  outcome: PostOutcome,
): Try => {
  const status = outcome.type === 'answered' ? { status: outcome.status } : {}
  if (outcome.type === 'answered' && isAccepted(outcome)) return { state: 'delivered', status: outcome.status }
  const next = nextTry({ tries: tries + 1, queuedAt }, { now: now(), random: random() })
  return { ...next, ...status, error: complaintOf(outcome) }
}

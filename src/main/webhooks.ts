import { randomBytes } from 'node:crypto'
import { createCheckAddress, createPost } from '../adapters/fetch/post.ts'
import { deliveryLog } from '../adapters/postgres/delivery-log.ts'
import { deliveryQueue } from '../adapters/postgres/delivery-queue.ts'
import { endpointStore } from '../adapters/postgres/webhook-endpoints.ts'
import { randomId } from '../adapters/random-id.ts'
import { runSender } from '../adapters/webhooks/run-sender.ts'
import { createSealer } from '../core/auth/sealer.ts'
import { notificationUseCases } from '../core/notifications/manage-endpoints.ts'
import type { EndpointSecrets } from '../core/notifications/ports.ts'
import { sendDelivery } from '../core/notifications/send-delivery.ts'
import type { SendDeps } from '../core/notifications/send-message.ts'
import type { NotificationUseCases } from '../core/notifications/use-cases.ts'
import { wireMessages } from '../wire/notifications/messages.ts'
import type { Foundation } from './foundation.ts'

const TRY_SECONDS = 10
/** Longer than a try, with room for the database. */
const LEASE_SECONDS = 20

type PublicUrl = () => string

export const createNotifications = (foundation: Foundation, publicUrl: PublicUrl): NotificationUseCases => {
  const { db, config } = foundation
  return notificationUseCases({
    ...sendDeps(foundation, publicUrl),
    ...{ endpoints: endpointStore(db), log: deliveryLog(db), newId: randomId },
    checkAddress: createCheckAddress({ allowPrivate: config.fetchAllowPrivate }),
  })
}

interface SenderOptions {
  readonly publicUrl: PublicUrl
  readonly signal: AbortSignal
  readonly leaseSeconds?: number
}

/** Sends events to webhooks until the signal fires. In API processes: only these know under which address they are reached. */
export const runWebhookSender = (
  foundation: Foundation,
  { publicUrl, signal, leaseSeconds = LEASE_SECONDS }: SenderOptions,
): Promise<void> => {
  const queue = deliveryQueue(foundation.db)
  const send = sendDelivery({ ...sendDeps(foundation, publicUrl), queue, random: Math.random })
  return runSender({ queue, send, leaseSeconds, signal, logger: foundation.logger })
}

const sendDeps = (
  { config, masterKey }: Foundation,
  publicUrl: PublicUrl,
): SendDeps & { secrets: EndpointSecrets } => ({
  post: createPost({ allowPrivate: config.fetchAllowPrivate, timeoutMs: TRY_SECONDS * 1000 }),
  messages: wireMessages({ publicUrl, region: config.region }),
  secrets: endpointSecrets(masterKey),
  now: () => new Date(),
})

const SECRET_BYTES = 32

const endpointSecrets = (masterKey: Uint8Array): EndpointSecrets => {
  const sealer = createSealer(masterKey, 'webhook-secret', randomBytes)
  return {
    make(endpointId) {
      const secret = `whsec_${randomBytes(SECRET_BYTES).toString('base64url')}`
      return { secret, sealed: sealer.seal(Buffer.from(secret), endpointId) }
    },
    open(sealed, endpointId) {
      const secret = sealer.open(sealed, endpointId)
      return secret && Buffer.from(secret).toString()
    },
  }
}

import Type from 'typebox'
import { DELIVERY_STATES, type Delivery } from '../core/notifications/delivery.ts'
import { ENDPOINT_FORMATS, type Endpoint } from '../core/notifications/endpoint.ts'
import { EVENT_KINDS } from '../core/notifications/event.ts'
import type { Replay } from '../core/notifications/use-cases.ts'
import { invalidField } from '../core/shared/problem.ts'
import { oneOf, textOf } from '../wire/fields.ts'
import { type AnyOperation, defineOperation } from '../wire/operation.ts'
import { BASE, PageQuery, parseTime } from './fields.ts'

const PATH = `${BASE}/webhooks`
const shared = { group: 'webhooks', failureStatus: 400, gaps: [] } as const
const IdText = textOf({ minLength: 1, maxBytes: 128 })

const WEBHOOK = {
  id: Type.String(),
  url: Type.String(),
  events: Type.Array(Type.String()),
  format: oneOf(ENDPOINT_FORMATS),
  created_at: Type.String(),
}

export const addWebhook = defineOperation({
  ...shared,
  id: 'addWebhook',
  method: 'POST',
  path: PATH,
  summary:
    'Have events sent to an address. The answer is the only place where the secret that signs them is ever shown.',
  body: Type.Object({
    url: textOf({ minLength: 1, maxBytes: 1024 }),
    events: Type.Optional(
      Type.Array(oneOf(EVENT_KINDS), {
        minItems: 1,
        maxItems: 20,
        description: 'Absent: all, also those of later versions.',
      }),
    ),
    format: Type.Optional(oneOf(ENDPOINT_FORMATS)),
  }),
  reply: Type.Object({ ...WEBHOOK, secret: Type.String() }),
  successStatus: 201,
  async handle({ body: { url, events, format = 'envelope' } }, { core, projectId }) {
    const { endpoint, secret } = await core.notifications.addEndpoint(projectId, {
      url,
      format,
      ...(events && { events }),
    })
    return { ...toWebhook(endpoint), secret }
  },
})

export const listWebhooks = defineOperation({
  ...shared,
  id: 'listWebhooks',
  method: 'GET',
  path: PATH,
  summary: 'List where events are sent, oldest first.',
  reply: Type.Object({ webhooks: Type.Array(Type.Object(WEBHOOK)) }),
  successStatus: 200,
  async handle(_, { core, projectId }) {
    return { webhooks: (await core.notifications.listEndpoints(projectId)).map(toWebhook) }
  },
})

export const removeWebhook = defineOperation({
  ...shared,
  id: 'removeWebhook',
  method: 'DELETE',
  path: PATH,
  summary: 'Have no events sent to an address any more; what waits for it, and its log, are gone.',
  query: Type.Object({ id: IdText }),
  successStatus: 204,
  async handle({ query }, { core, projectId }) {
    await core.notifications.removeEndpoint(projectId, query.id)
  },
})

export const testWebhook = defineOperation({
  ...shared,
  id: 'testWebhook',
  method: 'POST',
  path: `${PATH}/test`,
  summary: 'Send an event of the type "test" now, once, and tell what came back.',
  body: Type.Object({ id: IdText }),
  reply: Type.Object({
    accepted: Type.Boolean({ description: 'Whether the answer was a 2xx, as for a delivery.' }),
    duration_ms: Type.Integer(),
    status: Type.Optional(Type.Integer()),
    answer: Type.Optional(Type.String({ description: 'The beginning of its body.' })),
    error: Type.Optional(Type.String({ description: 'Why there was no answer.' })),
  }),
  successStatus: 200,
  async handle({ body }, { core, projectId }) {
    const { accepted, durationMs, outcome } = await core.notifications.testEndpoint(projectId, body.id)
    const what =
      outcome.type === 'answered' ? { status: outcome.status, answer: outcome.text } : { error: outcome.reason }
    return { accepted, duration_ms: durationMs, ...what }
  },
})

export const listWebhookDeliveries = defineOperation({
  ...shared,
  id: 'listWebhookDeliveries',
  method: 'GET',
  path: `${PATH}/deliveries`,
  summary: 'What was, is and will be sent to an address, newest first; kept for 30 days.',
  query: Type.Object({ id: IdText, state: Type.Optional(oneOf(DELIVERY_STATES)), ...PageQuery }),
  reply: Type.Object({
    total: Type.Integer(),
    deliveries: Type.Array(
      Type.Object({
        delivery_id: Type.Integer(),
        event_id: Type.String(),
        asset_id: Type.String(),
        event_type: Type.String(),
        happened_at: Type.String(),
        state: oneOf(DELIVERY_STATES),
        tries: Type.Integer(),
        tried_at: Type.Optional(Type.String()),
        status: Type.Optional(Type.Integer({ description: 'Of the answer to the last try.' })),
        error: Type.Optional(Type.String()),
      }),
    ),
  }),
  successStatus: 200,
  async handle({ query: { id, state, page = 0, size = 100 } }, { core, projectId }) {
    const range = { offset: page * size, limit: size, ...(state && { state }) }
    const { deliveries, total } = await core.notifications.listDeliveries(projectId, id, range)
    return { total, deliveries: deliveries.map(toDelivery) }
  },
})

export const replayWebhook = defineOperation({
  ...shared,
  id: 'replayWebhook',
  method: 'POST',
  path: `${PATH}/replay`,
  summary: 'Send one delivery again, delivered or dead, or all that are dead since a time.',
  body: Type.Object({
    id: IdText,
    delivery_id: Type.Optional(Type.Integer({ minimum: 1 })),
    dead_since: Type.Optional(textOf({ maxBytes: 40 })),
  }),
  reply: Type.Object({ replayed: Type.Integer() }),
  successStatus: 200,
  async handle({ body: { id, delivery_id, dead_since } }, { core, projectId }) {
    return { replayed: await core.notifications.replay(projectId, id, replayOf(delivery_id, dead_since)) }
  },
})

const replayOf = (deliveryId: number | undefined, since: string | undefined): Replay => {
  if (deliveryId !== undefined && since !== undefined)
    throw invalidField('dead_since', 'must be absent beside delivery_id')
  if (deliveryId !== undefined) return { deliveryId }
  if (since === undefined) throw invalidField('delivery_id', 'is required, or dead_since')
  return { deadSince: parseTime(since, 'dead_since') }
}

const toWebhook = ({ id, url, events = EVENT_KINDS, format, createdAt }: Endpoint) => ({
  ...{ id, url, events: [...events], format, created_at: createdAt.toISOString() },
})

const toDelivery = ({ id, eventId, assetId, kind, happenedAt, state, tries, triedAt, status, error }: Delivery) => ({
  ...{ delivery_id: id, event_id: eventId, asset_id: assetId, event_type: kind, happened_at: happenedAt.toISOString() },
  ...{ state, tries, ...(triedAt && { tried_at: triedAt.toISOString() }) },
  ...{ ...(status !== undefined && { status }), ...(error !== undefined && { error }) },
})

export const WEBHOOK_OPERATIONS: readonly AnyOperation[] = [
  addWebhook,
  listWebhooks,
  removeWebhook,
  testWebhook,
  listWebhookDeliveries,
  replayWebhook,
]

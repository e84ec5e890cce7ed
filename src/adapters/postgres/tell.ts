import { sql, type Transaction } from 'kysely'
import type { AssetFact } from '../../core/catalog/fact.ts'
import { eventContent, type Told } from '../../core/notifications/event-content.ts'
import { noticesOf } from '../../core/notifications/notices-of.ts'
import { randomId } from '../random-id.ts'
import type { DB } from './schema.generated.ts'

/**
 * Queues the events of a fact for the endpoints of the project that want them, in the transaction of the fact. Whoever calls it holds the asset's
 * row, so deliveries of an asset get their ids in the order of its facts.
 */
export const tell = async (
  trx: Transaction<DB>,
  fact: AssetFact,
  told: { readonly asset: Told['asset']; readonly renditions: () => Promise<Told['renditions']> },
): Promise<void> => {
  const { asset } = told
  const notices = noticesOf(asset, fact)
  if (notices.length === 0) return
  // Locked, so that none is removed before its deliveries are there, which refer to it.
  const endpoints = await trx
    .selectFrom('webhook_endpoint')
    .select(['id', 'events'])
    .where('project_id', '=', asset.projectId)
    .orderBy('id')
    .forKeyShare()
    .execute()
  if (endpoints.length === 0) return
  const renditions = await told.renditions()
  for (const notice of notices) {
    const wanting = endpoints
      .filter(({ events }) => events === null || events.includes(notice.kind))
      .map(({ id }) => id)
    if (wanting.length === 0) continue
    const event = { id: randomId(), asset_id: asset.id, title: asset.title }
    const content = JSON.stringify(eventContent(notice, { asset, renditions }))
    await trx
      .insertInto('asset_event')
      .values({ ...event, content })
      .execute()
    await queue(trx, event, wanting)
  }
}

/** An update that changes nothing waits for whoever settles the lane's last delivery, and may be about to remove the lane. */
const queue = async (
  trx: Transaction<DB>,
  event: { readonly id: string; readonly asset_id: string },
  endpointIds: readonly string[],
): Promise<void> => {
  const rows = endpointIds.map((endpoint_id) => ({ endpoint_id, asset_id: event.asset_id }))
  await trx
    .insertInto('webhook_lane')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['endpoint_id', 'asset_id']).doUpdateSet({ due_at: sql`webhook_lane.due_at` }),
    )
    .execute()
  await trx
    .insertInto('webhook_delivery')
    .values(rows.map((row) => ({ ...row, event_id: event.id })))
    .execute()
}

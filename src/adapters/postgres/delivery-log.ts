import { type Kysely, sql } from 'kysely'
import type { Delivery, DeliveryState } from '../../core/notifications/delivery.ts'
import type { EventKind } from '../../core/notifications/event.ts'
import type { DeliveryLog, DeliveryRange } from '../../core/notifications/ports.ts'
import type { AssetId } from '../../core/shared/ids.ts'
import type { DB } from './schema.generated.ts'
import { transact } from './transact.ts'

export const deliveryLog = (db: Kysely<DB>): DeliveryLog => ({
  async deliveries(endpointId, range) {
    const [rows, { total }] = await Promise.all([
      pageOf(db, endpointId, range),
      ofEndpoint(db, endpointId, range.state)
        .select((eb) => eb.fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow(),
    ])
    return { deliveries: rows, total }
  },
  replay: (endpointId, deliveryId) =>
    transact(db, async (trx) => {
      const count = await queueAgain(trx, endpointId, sql`id = ${deliveryId}`)
      return count === 0 ? 'absent' : 'queued'
    }),
  replayDead: (endpointId, since) =>
    transact(db, (trx) => queueAgain(trx, endpointId, sql`state = 'dead' and tried_at >= ${since}`)),
})

const ofEndpoint = (db: Kysely<DB>, endpointId: string, state: DeliveryState | undefined) => {
  const all = db.selectFrom('webhook_delivery as delivery').where('delivery.endpoint_id', '=', endpointId)
  return state === undefined ? all : all.where('delivery.state', '=', state)
}

const pageOf = async (
  db: Kysely<DB>,
  endpointId: string,
  { state, offset, limit }: DeliveryRange,
): Promise<readonly Delivery[]> => {
  const rows = await ofEndpoint(db, endpointId, state)
    .innerJoin('asset_event as event', 'event.id', 'delivery.event_id')
    .select(['delivery.id', 'delivery.event_id', 'delivery.asset_id', 'delivery.state', 'delivery.tries'])
    .select(['delivery.tried_at', 'delivery.status', 'delivery.error', 'event.happened_at'])
    .select(sql<EventKind>`event.content->>'kind'`.as('kind'))
    .orderBy('delivery.id', 'desc')
    .offset(offset)
    .limit(limit)
    .execute()
  return rows.map((row) => ({
    ...{ id: row.id, eventId: row.event_id, assetId: row.asset_id as AssetId, kind: row.kind },
    ...{ happenedAt: row.happened_at, state: row.state as DeliveryState, tries: row.tries },
    ...(row.tried_at !== null && { triedAt: row.tried_at }),
    ...(row.status !== null && { status: row.status }),
    ...(row.error !== null && { error: row.error }),
  }))
}

/** Among themselves they keep their order; they come before what waits of the same asset. */
const queueAgain = async (trx: Kysely<DB>, endpointId: string, which: ReturnType<typeof sql>): Promise<number> => {
  const { rows } = await sql<{ count: number }>`
    with again as (
      update webhook_delivery set state = 'waiting', queued_at = now(), tries = 0
      where endpoint_id = ${endpointId} and ${which}
      returning asset_id
    ), lanes as (
      insert into webhook_lane (endpoint_id, asset_id)
      select distinct ${endpointId}, asset_id from again order by asset_id
      on conflict (endpoint_id, asset_id) do update set due_at = excluded.due_at
    )
    select count(*) as count from again
  `.execute(trx)
  return rows[0]?.count ?? 0
}

import { type Kysely, sql, type Transaction } from 'kysely'
import type { AssetEvent } from '../../core/notifications/event.ts'
import type { ClaimedDelivery, ClaimWish, DeliveryQueue, LaneClaim, Try } from '../../core/notifications/ports.ts'
import type { AssetId } from '../../core/shared/ids.ts'
import type { DB } from './schema.generated.ts'
import { transact } from './transact.ts'
import { toSealedEndpoint } from './webhook-endpoints.ts'

export const deliveryQueue = (db: Kysely<DB>): DeliveryQueue => ({
  async claim(wanted) {
    const lanes = await claimLanes(db, wanted)
    const found = await Promise.all(lanes.map((lane) => firstOf(db, lane)))
    for (const lane of lanes.filter((_, n) => found[n] === undefined)) {
      await transact(db, (trx) => ifHeld(trx, lane, () => moveOn(trx, lane, 0)))
    }
    return found.filter((one) => one !== undefined)
  },
  settle: (claimed, end) => transact(db, (trx) => settle(trx, claimed, end)),
  async purge(before) {
    const { numAffectedRows = 0n } = await sql`
      delete from asset_event where id in (
        select id from asset_event event
        where happened_at < ${before}
          and not exists (select from webhook_delivery where event_id = event.id and state = 'waiting')
        limit ${PURGED_AT_ONCE}
      )`.execute(db)
    return numAffectedRows === BigInt(PURGED_AT_ONCE) ? 'more' : 'done'
  },
})

const PURGED_AT_ONCE = 1_000

/**
 * Endpoint by endpoint through one index, so that a backlog of one costs the others nothing; those with the least under way come first. A claim
 * only moves the lane's time on: whatever becomes of the sender, the lane is due again after the lease.
 */
const claimLanes = async (db: Kysely<DB>, wish: ClaimWish): Promise<readonly LaneClaim[]> => {
  const { most, perEndpoint, busy, leaseSeconds } = wish
  const { rows } = await sql<{ endpoint_id: string; asset_id: string; claim: number }>`
    with busy as (
      select * from unnest(${[...busy.keys()]}::text[], ${[...busy.values()]}::integer[]) as busy (endpoint_id, sends)
    ), due as (
      select lane.endpoint_id, lane.asset_id
      from (
        select endpoint.id, coalesce(busy.sends, 0) as sends
        from webhook_endpoint endpoint left join busy on busy.endpoint_id = endpoint.id
      ) endpoint
      cross join lateral (
        select endpoint_id, asset_id from webhook_lane
        where endpoint_id = endpoint.id and due_at <= now()
        order by due_at
        limit greatest(0, ${perEndpoint}::integer - endpoint.sends)
        for update skip locked
      ) lane
      order by endpoint.sends, random()
      limit ${most}
    )
    update webhook_lane lane
    set claim = lane.claim + 1, due_at = now() + make_interval(secs => ${leaseSeconds})
    from due
    where lane.endpoint_id = due.endpoint_id and lane.asset_id = due.asset_id
    returning lane.endpoint_id, lane.asset_id, lane.claim
  `.execute(db)
  return rows.map((row) => ({ endpointId: row.endpoint_id, assetId: row.asset_id as AssetId, claim: row.claim }))
}

const firstOf = async (db: Kysely<DB>, lane: LaneClaim): Promise<ClaimedDelivery | undefined> => {
  const row = await db
    .selectFrom('webhook_delivery as delivery')
    .innerJoin('webhook_endpoint as endpoint', 'endpoint.id', 'delivery.endpoint_id')
    .innerJoin('asset_event as event', 'event.id', 'delivery.event_id')
    .selectAll('endpoint')
    .select(['delivery.id as delivery_id', 'delivery.queued_at', 'delivery.tries', 'delivery.event_id'])
    .select(['event.title', 'event.content', 'event.happened_at'])
    .where('delivery.endpoint_id', '=', lane.endpointId)
    .where('delivery.asset_id', '=', lane.assetId)
    .where('delivery.state', '=', 'waiting')
    .orderBy('delivery.id')
    .limit(1)
    .executeTakeFirst()
  // The endpoint was removed in between, or the event was purged while somebody asked for a replay.
  if (!row) return
  return {
    ...lane,
    ...{ deliveryId: row.delivery_id, queuedAt: row.queued_at, tries: row.tries, endpoint: toSealedEndpoint(row) },
    event: {
      ...{ id: row.event_id, assetId: lane.assetId, happenedAt: row.happened_at, title: row.title },
      // Only `tell` writes it.
      content: row.content as unknown as AssetEvent['content'],
    },
  }
}

const settle = (trx: Transaction<DB>, claimed: ClaimedDelivery, end: Try): Promise<'settled' | 'lost'> =>
  ifHeld(trx, claimed, async () => {
    await trx
      .updateTable('webhook_delivery')
      .set({ state: end.state, tries: sql`tries + 1`, tried_at: sql`now()` })
      .set({ status: end.status ?? null, error: 'error' in end ? end.error : null })
      .where('id', '=', claimed.deliveryId)
      .execute()
    await moveOn(trx, claimed, end.state === 'waiting' ? end.pauseSeconds : 0)
  })

/** With the lane's row locked, unless somebody else has claimed it since. */
const ifHeld = async (
  trx: Transaction<DB>,
  { endpointId, assetId, claim }: LaneClaim,
  work: () => Promise<void>,
): Promise<'settled' | 'lost'> => {
  const held = await trx
    .selectFrom('webhook_lane')
    .select('claim')
    .where((eb) => eb.and({ endpoint_id: endpointId, asset_id: assetId, claim }))
    .forUpdate()
    .executeTakeFirst()
  if (!held) return 'lost'
  await work()
  return 'settled'
}

/** To the next delivery of a lane that is locked; without one the lane is over. */
const moveOn = async (
  trx: Transaction<DB>,
  { endpointId, assetId }: LaneClaim,
  pauseSeconds: number,
): Promise<void> => {
  const lane = { endpoint_id: endpointId, asset_id: assetId }
  // A statement of its own: it sees what was queued before the lane was locked.
  const next = await trx
    .selectFrom('webhook_delivery')
    .select('id')
    .where((eb) => eb.and({ ...lane, state: 'waiting' }))
    .limit(1)
    .executeTakeFirst()
  if (next) {
    const due_at = sql<Date>`now() + make_interval(secs => ${pauseSeconds})`
    await trx
      .updateTable('webhook_lane')
      .set({ due_at })
      .where((eb) => eb.and(lane))
      .execute()
  } else {
    await trx
      .deleteFrom('webhook_lane')
      .where((eb) => eb.and(lane))
      .execute()
  }
}

import type { Kysely, Selectable } from 'kysely'
import { type Endpoint, type EndpointFormat, MAX_ENDPOINTS } from '../../core/notifications/endpoint.ts'
import type { EventKind } from '../../core/notifications/event.ts'
import type { EndpointStore, SealedEndpoint } from '../../core/notifications/ports.ts'
import type { ProjectId } from '../../core/shared/ids.ts'
import type { DB, WebhookEndpoint } from './schema.generated.ts'
import { transact } from './transact.ts'

export const endpointStore = (db: Kysely<DB>): EndpointStore => ({
  insertEndpoint: (endpoint) => transact(db, (trx) => insert(trx, endpoint)),
  async endpoints(projectId) {
    const rows = await db
      .selectFrom('webhook_endpoint')
      .selectAll()
      .where('project_id', '=', projectId)
      .orderBy('created_at')
      .orderBy('id')
      .execute()
    return rows.map(toEndpoint)
  },
  async endpoint(projectId, id) {
    const row = await db
      .selectFrom('webhook_endpoint')
      .selectAll()
      .where('id', '=', id)
      .where('project_id', '=', projectId)
      .executeTakeFirst()
    return row && toSealedEndpoint(row)
  },
  // What it takes along may be locked by a sender, the other way round.
  removeEndpoint: (projectId, id) =>
    transact(db, async (trx) => {
      const removed = await trx
        .deleteFrom('webhook_endpoint')
        .where('id', '=', id)
        .where('project_id', '=', projectId)
        .returning('id')
        .executeTakeFirst()
      return removed ? 'removed' : 'absent'
    }),
})

const insert = async (trx: Kysely<DB>, endpoint: SealedEndpoint): Promise<'inserted' | 'too_many'> => {
  const { id, projectId, url, format, events, createdAt, secretSealed } = endpoint
  // One at a time of a project: the count stays right. Whoever inserts an asset need not wait.
  await trx.selectFrom('project').select('id').where('id', '=', projectId).forNoKeyUpdate().executeTakeFirstOrThrow()
  const { count } = await trx
    .selectFrom('webhook_endpoint')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('project_id', '=', projectId)
    .executeTakeFirstOrThrow()
  if (count >= MAX_ENDPOINTS) return 'too_many'
  await trx
    .insertInto('webhook_endpoint')
    .values({
      ...{ id, project_id: projectId, url, format, created_at: createdAt },
      ...{ events: events ? [...events] : null, secret_sealed: Buffer.from(secretSealed) },
    })
    .execute()
  return 'inserted'
}

/** The casts hold because only this file writes these columns. */
const toEndpoint = (row: Selectable<WebhookEndpoint>): Endpoint => ({
  ...{ id: row.id, projectId: row.project_id as ProjectId, url: row.url, createdAt: row.created_at },
  format: row.format as EndpointFormat,
  ...(row.events !== null && { events: row.events as EventKind[] }),
})

export const toSealedEndpoint = (row: Selectable<WebhookEndpoint>): SealedEndpoint => ({
  ...toEndpoint(row),
  secretSealed: row.secret_sealed,
})

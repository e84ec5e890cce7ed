import { type Insertable, type Kysely, type Selectable, sql, type Transaction } from 'kysely'
import { type Actor, type AuditEntry, systemDeed } from '../../core/audit/entry.ts'
import type { AuditFilter, AuditStore } from '../../core/audit/ports.ts'
import type { Asset } from '../../core/catalog/asset.ts'
import type { AssetFact } from '../../core/catalog/fact.ts'
import type { ProjectId, UserId } from '../../core/shared/ids.ts'
import type { DB, AuditEntry as EntryTable } from './schema.generated.ts'

const TOTAL_CAP = 20_000
const PURGED_AT_ONCE = 1_000

export const auditStore = (db: Kysely<DB>): AuditStore => ({
  async append(entries) {
    if (entries.length === 0) return
    await db.insertInto('audit_entry').values(entries.map(toRow)).execute()
  },
  async list(filter, { offset, limit }) {
    const matching = matches(db, filter)
    const [rows, { total }] = await Promise.all([
      matching.selectAll().orderBy('happened_at', 'desc').orderBy('id', 'desc').offset(offset).limit(limit).execute(),
      db
        .selectFrom(matching.select('id').limit(TOTAL_CAP).as('matching'))
        .select(({ fn }) => fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow(),
    ])
    return { entries: rows.map(toEntry), total }
  },
  async purge(before) {
    const { numDeletedRows } = await db
      .deleteFrom('audit_entry')
      .where('id', 'in', (eb) =>
        eb
          .selectFrom('audit_entry')
          .select('id')
          .where('happened_at', '<', before)
          .orderBy('happened_at')
          .limit(PURGED_AT_ONCE),
      )
      .executeTakeFirstOrThrow()
    return numDeletedRows < PURGED_AT_ONCE ? 'done' : 'more'
  },
})

/** What the product does by itself is written in the transaction that does it. */
export const auditFact = async (trx: Transaction<DB>, { id, projectId }: Asset, fact: AssetFact): Promise<void> => {
  const operation = systemDeed(fact)
  if (!operation) return
  const entry = toRow({ happenedAt: new Date(), projectId, actor: { role: 'system' }, operation, subjects: [id] })
  await trx.insertInto('audit_entry').values(entry).execute()
}

const matches = (db: Kysely<DB>, { projectId, from, to, actor, subject, operation }: AuditFilter) =>
  db
    .selectFrom('audit_entry')
    .$if(projectId !== undefined, (query) => query.where('project_id', '=', projectId ?? ''))
    .$if(from !== undefined, (query) => query.where('happened_at', '>=', from ?? new Date(0)))
    .$if(to !== undefined, (query) => query.where('happened_at', '<', to ?? new Date(0)))
    .$if(operation !== undefined, (query) => query.where('operation', '=', operation ?? ''))
    .$if(subject !== undefined, (query) => query.where('subjects', '@>', sql<string[]>`array[${subject}]::text[]`))
    .$if(actor !== undefined, (query) =>
      query.where((eb) =>
        eb.or([
          eb('user_name', '=', actor ?? ''),
          eb('access_key', '=', actor ?? ''),
          ...(actor === 'system' ? [eb('role', '=', 'system')] : []),
        ]),
      ),
    )

const toRow = ({ happenedAt, projectId, actor, operation, subjects, request }: AuditEntry): Insertable<EntryTable> => ({
  happened_at: happenedAt,
  project_id: projectId ?? null,
  role: actor.role,
  ...(actor.role === 'system'
    ? { user_id: null, user_name: null, access_key: null }
    : { user_id: actor.userId, user_name: actor.userName, access_key: actor.accessKey ?? null }),
  operation,
  subjects: [...subjects],
  status: request?.status ?? null,
  error_code: request?.errorCode ?? null,
  request_id: request?.requestId ?? null,
  address: request?.address ?? null,
})

/** The casts hold because only this file writes these columns and the schema's checks bound them. */
const toEntry = (row: Selectable<EntryTable>): AuditEntry => ({
  happenedAt: row.happened_at,
  ...(row.project_id !== null && { projectId: row.project_id as ProjectId }),
  actor: toActor(row),
  operation: row.operation,
  subjects: row.subjects,
  ...(row.status !== null && {
    request: {
      status: row.status,
      ...(row.error_code !== null && { errorCode: row.error_code }),
      requestId: row.request_id ?? '',
      address: row.address ?? '',
    },
  }),
})

const toActor = ({ role, user_id, user_name, access_key }: Selectable<EntryTable>): Actor =>
  role === 'system'
    ? { role }
    : {
        role: role as 'operator' | 'member',
        ...{ userId: (user_id ?? '') as UserId, userName: user_name ?? '' },
        ...(access_key !== null && { accessKey: access_key }),
      }

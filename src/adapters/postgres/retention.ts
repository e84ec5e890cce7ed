import { type Kysely, sql } from 'kysely'
import type { Asset } from '../../core/catalog/asset.ts'
import type { ExpiryReader, RetentionStore } from '../../core/retention/ports.ts'
import type { AssetId } from '../../core/shared/ids.ts'
import type { DB } from './schema.generated.ts'
import { storedBytes } from './storage.ts'

export const retentionStore = (db: Kysely<DB>): RetentionStore => ({
  async storage(projectId) {
    const project = await db
      .selectFrom('project')
      .select('storage_quota')
      .where('id', '=', projectId)
      .executeTakeFirst()
    const quota = project?.storage_quota ?? undefined
    return { usedBytes: await storedBytes(db, projectId), ...(quota !== undefined && { quotaBytes: quota }) }
  },
  async setQuota(projectName, quotaBytes) {
    const changed = await db
      .updateTable('project')
      .set({ storage_quota: quotaBytes ?? null })
      .where('name', '=', projectName)
      .returning('id')
      .executeTakeFirst()
    return changed ? 'set' : 'absent'
  },
  async settings(projectId) {
    const row = await db
      .selectFrom('project')
      .select(['delete_source', 'expire_after_days'])
      .where('id', '=', projectId)
      .executeTakeFirst()
    const days = row?.expire_after_days ?? undefined
    return { deleteSource: row?.delete_source ?? false, ...(days !== undefined && { expireAfterDays: days }) }
  },
  async changeSettings(projectId, { deleteSource, expireAfterDays }) {
    if (deleteSource === undefined && expireAfterDays === undefined) return
    await db
      .updateTable('project')
      .set({
        ...(deleteSource !== undefined && { delete_source: deleteSource }),
        ...(expireAfterDays !== undefined && { expire_after_days: expireAfterDays }),
      })
      .where('id', '=', projectId)
      .execute()
  },
})

/** What the row of a new asset takes from its project, in the statement that inserts it. */
export const retentionColumns = ({ projectId, createdAt, releasesSource, expiresAt }: Asset) => ({
  releases_source: releasesSource ?? sql<boolean>`(select delete_source from project where id = ${projectId})`,
  expires_at:
    expiresAt ??
    sql<Date | null>`(
      select ${createdAt}::timestamptz + expire_after_days * interval '24 hours' from project where id = ${projectId}
    )`,
})

export const expiryReader = (db: Kysely<DB>): ExpiryReader => ({
  async due(until, { limit, after }) {
    const rows = await db
      .selectFrom('asset')
      .select(['id', 'expires_at'])
      .where('expires_at', '<=', until)
      .where('ingest_state', '<>', 'deleted')
      .$if(after !== undefined, (query) =>
        query.where(sql<boolean>`(expires_at, id) > (${after?.expiresAt}::timestamptz, ${after?.id}::bpchar)`),
      )
      .orderBy('expires_at')
      .orderBy('id')
      .limit(limit)
      .execute()
    return rows.flatMap(({ id, expires_at }) =>
      expires_at === null ? [] : [{ id: id as AssetId, expiresAt: expires_at }],
    )
  },
})

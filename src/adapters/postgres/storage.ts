import { type Kysely, sql, type Transaction } from 'kysely'
import { requireRoom } from '../../core/catalog/storage.ts'
import type { ProjectId } from '../../core/shared/ids.ts'
import type { DB } from './schema.generated.ts'

/** Reads one index alone (`asset_stored`). */
export const storedBytes = async (db: Kysely<DB>, projectId: ProjectId): Promise<number> => {
  const { bytes } = await db
    .selectFrom('asset')
    .select(sql<number>`coalesce(sum(stored_bytes), 0)::bigint`.as('bytes'))
    .where('project_id', '=', projectId)
    .where('stored_bytes', '>', 0)
    .executeTakeFirstOrThrow()
  return bytes
}

/**
 * Throws `storage_full`. Whoever wants room in a project with a quota waits for the others' transactions, so of several calls at once
 * each sees what those before it took; in one without there is no lock. `counted`: of the needed bytes, what this transaction has inserted already.
 */
export const holdRoom = async (
  trx: Transaction<DB>,
  projectId: ProjectId,
  { needed, counted }: { readonly needed: number; readonly counted: number },
): Promise<void> => {
  const project = await trx
    .selectFrom('project')
    .select('storage_quota')
    .where('id', '=', projectId)
    .where('storage_quota', 'is not', null)
    .forNoKeyUpdate()
    .executeTakeFirst()
  if (!project || project.storage_quota === null) return
  const usedBytes = (await storedBytes(trx, projectId)) - counted
  requireRoom({ usedBytes, quotaBytes: project.storage_quota }, needed)
}

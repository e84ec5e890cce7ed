import type { Kysely } from 'kysely'
import type { Project } from '../../core/auth/account.ts'
import type { DB } from './schema.generated.ts'
import { transact } from './transact.ts'

export const insertProject = async (db: Kysely<DB>, { id, name }: Project): Promise<'inserted' | 'name_taken'> => {
  const inserted = await db
    .insertInto('project')
    .values({ id, name })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .returning('id')
    .executeTakeFirst()
  return inserted ? 'inserted' : 'name_taken'
}

export const removeProject = (db: Kysely<DB>, name: string): Promise<'removed' | 'absent' | 'in_use'> =>
  transact(db, async (tx) => {
    // The lock waits for assets that are being inserted (their foreign key locks the row too) and keeps new ones out.
    const project = await tx.selectFrom('project').select('id').where('name', '=', name).forUpdate().executeTakeFirst()
    if (!project) return 'absent'
    const asset = await tx
      .selectFrom('asset')
      .select('id')
      .where('project_id', '=', project.id)
      .where('ingest_state', '!=', 'deleted')
      .limit(1)
      .executeTakeFirst()
    if (asset) return 'in_use'
    await tx.deleteFrom('project').where('id', '=', project.id).execute()
    return 'removed'
  })

export const setWeight = async (db: Kysely<DB>, projectName: string, weight: number): Promise<'set' | 'absent'> => {
  const changed = await db
    .updateTable('project')
    .set({ weight })
    .where('name', '=', projectName)
    .returning('id')
    .executeTakeFirst()
  return changed ? 'set' : 'absent'
}

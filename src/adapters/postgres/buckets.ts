import { type Kysely, sql, type Transaction } from 'kysely'
import type { BucketOwnership, BucketStore, Listed, ListPage } from '../../core/auth/ports.ts'
import type { ProjectId } from '../../core/shared/ids.ts'
import type { DB } from './schema.generated.ts'

export const bucketStore = (db: Kysely<DB>): BucketStore => ({
  async owner(bucket) {
    const row = await db
      .selectFrom('tenant_bucket')
      .select(['project_id', 'authorized'])
      .where('name', '=', bucket)
      .executeTakeFirst()
    return row && { projectId: row.project_id as ProjectId, authorized: row.authorized }
  },
  // One statement on the primary key: of projects that ask at once one gets the row, and the others' condition fails.
  async authorize(projectId, bucket) {
    const row = await db
      .insertInto('tenant_bucket')
      .values({ name: bucket, project_id: projectId, authorized: true })
      .onConflict((conflict) =>
        conflict.column('name').doUpdateSet({ authorized: true }).where('tenant_bucket.project_id', '=', projectId),
      )
      .returning('name')
      .executeTakeFirst()
    return row ? 'authorized' : 'other_project'
  },
  revoke: (projectId, bucket) => db.transaction().execute((trx) => revoke(trx, projectId, bucket)),
  async assign(bucket, projectName) {
    const row = await db
      .insertInto('tenant_bucket')
      .columns(['name', 'project_id', 'authorized'])
      .expression((eb) =>
        eb
          .selectFrom('project')
          .select([eb.val(bucket).as('name'), 'project.id', eb.lit(false).as('authorized')])
          .where('project.name', '=', projectName),
      )
      .onConflict((conflict) =>
        conflict.column('name').doUpdateSet({
          project_id: sql`excluded.project_id`,
          // Assigning to the present owner changes nothing.
          authorized: sql`tenant_bucket.authorized and tenant_bucket.project_id = excluded.project_id`,
        }),
      )
      .returning('name')
      .executeTakeFirst()
    return row ? 'assigned' : 'no_project'
  },
  async release(bucket) {
    const row = await db.deleteFrom('tenant_bucket').where('name', '=', bucket).returning('name').executeTakeFirst()
    return row ? 'released' : 'absent'
  },
  list: (page, projectId) => listBuckets(db, page, projectId),
})

const revoke = async (trx: Transaction<DB>, projectId: ProjectId, bucket: string): Promise<'revoked' | 'is_output'> => {
  // Waits for assets that are being made with this output: they hold a lock on the row, and are seen by the next statement.
  const row = await trx
    .selectFrom('tenant_bucket')
    .select('name')
    .where('name', '=', bucket)
    .where('project_id', '=', projectId)
    .forUpdate()
    .executeTakeFirst()
  if (!row) return 'revoked'
  const asset = await trx
    .selectFrom('asset')
    .select('asset.id')
    .where('output_bucket', '=', bucket)
    .where('project_id', '=', projectId)
    .where(({ eb, or, exists, selectFrom }) =>
      or([
        eb('ingest_state', 'in', ['creating', 'created']),
        // Deleted, and the sweep that removes our files has not been there. In one statement: none can change from one to the other in between.
        exists(
          selectFrom('engine.step')
            .select('engine.step.id')
            .whereRef('engine.step.subject', '=', 'asset.id')
            .where('engine.step.kind', '=', 'sweep')
            .where('engine.step.delay_seconds', '=', 0)
            .where('engine.step.state', 'in', ['waiting', 'running']),
        ),
      ]),
    )
    .limit(1)
    .executeTakeFirst()
  if (asset) return 'is_output'
  await trx.updateTable('tenant_bucket').set({ authorized: false }).where('name', '=', bucket).execute()
  return 'revoked'
}

const listBuckets = async (
  db: Kysely<DB>,
  { page, size }: ListPage,
  projectId: ProjectId | undefined,
): Promise<Listed<BucketOwnership>> => {
  const matching = db
    .selectFrom('tenant_bucket')
    .innerJoin('project', 'project.id', 'tenant_bucket.project_id')
    .$if(projectId !== undefined, (query) => query.where('project.id', '=', projectId ?? ''))
  const rows = await matching
    .select(['tenant_bucket.name as bucket', 'project.id', 'project.name as projectName', 'tenant_bucket.authorized'])
    .orderBy('tenant_bucket.name')
    .limit(size)
    .offset(page * size)
    .execute()
  const { total } = await matching.select(({ fn }) => fn.countAll<number>().as('total')).executeTakeFirstOrThrow()
  return { items: rows.map(({ id, ...row }) => ({ ...row, projectId: id as ProjectId })), total }
}

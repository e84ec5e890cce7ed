import { type Kysely, sql } from 'kysely'
import type { MarkPicture } from '../../core/catalog/mark.ts'
import type { AssetPlace, AuditReader } from '../../core/lifecycle/audit-ports.ts'
import { type AssetId, type ProjectId, parseProjectId } from '../../core/shared/ids.ts'
import { toAsset } from './asset-row.ts'
import { catalogReader } from './catalog-reader.ts'
import type { DB } from './schema.generated.ts'

export const auditReader = (db: Kysely<DB>): AuditReader => ({
  placesAfter: (after, limit) => placesAfter(db, { after, limit }),
  record: (id) =>
    db
      .transaction()
      .setIsolationLevel('repeatable read')
      .setAccessMode('read only')
      .execute(async (trx) => {
        const row = await trx.selectFrom('asset').selectAll().where('id', '=', id).executeTakeFirst()
        if (!row) return undefined
        const renditions = (await catalogReader(trx).renditions([id])).get(id) ?? []
        return { asset: toAsset(row), renditions, openWork: await openWork(trx, id) }
      }),
  openWork: (id) => openWork(db, id),
  async hasWatermark(id) {
    const row = await db.selectFrom('watermark').select('id').where('id', '=', id).executeTakeFirst()
    return row !== undefined
  },
  async marks() {
    const rows = await db
      .selectFrom('watermark')
      .select(['project_id', 'id', 'picture'])
      .where('picture', 'is not', null)
      .orderBy('id')
      .execute()
    // The casts hold because only we write these columns.
    return rows.map(({ project_id, id, picture }) => ({
      projectId: project_id as ProjectId,
      watermarkId: id,
      picture: picture as unknown as MarkPicture,
    }))
  },
})

interface Range {
  readonly after: AssetPlace | undefined
  readonly limit: number
}

/** Project by project, because no index has both. */
const placesAfter = async (db: Kysely<DB>, { after, limit }: Range): Promise<readonly AssetPlace[]> => {
  const places: AssetPlace[] = []
  let last = after
  for (let project = await projectFrom(db, after); project; project = await projectBehind(db, project)) {
    const rest = limit - places.length
    places.push(...(await placesOf(db, project, { after: last, limit: rest })))
    last = undefined
    if (places.length === limit) break
  }
  return places
}

const projectFrom = async (db: Kysely<DB>, after: AssetPlace | undefined): Promise<ProjectId | undefined> =>
  after ? after.projectId : projectBehind(db, undefined)

const projectBehind = async (db: Kysely<DB>, before: ProjectId | undefined): Promise<ProjectId | undefined> => {
  const row = await db
    .selectFrom('project')
    .select('id')
    .where('id', '>', before ?? '')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst()
  return row && parseProjectId(row.id)
}

const placesOf = async (
  db: Kysely<DB>,
  projectId: ProjectId,
  { after, limit }: Range,
): Promise<readonly AssetPlace[]> => {
  const { rows } = await sql<{ id: AssetId }>`
    select id from asset
    where project_id = ${projectId} and id > ${after?.id ?? ''} and ingest_state in ('creating', 'created')
    order by id limit ${limit}
  `.execute(db)
  return rows.map(({ id }) => ({ projectId, id }))
}

const openWork = async (db: Kysely<DB>, id: AssetId): Promise<readonly string[]> => {
  const rows = await db
    .selectFrom('engine.step')
    .select('kind')
    .where('subject', '=', id)
    .where('state', 'in', ['waiting', 'running'])
    .execute()
  return rows.map(({ kind }) => kind)
}

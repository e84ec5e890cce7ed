import { type Kysely, type Selectable, sql, type Transaction } from 'kysely'
import type { MarkPicture, MarkPlacement } from '../../core/catalog/mark.ts'
import type { ProjectId } from '../../core/shared/ids.ts'
import { DomainError } from '../../core/shared/problem.ts'
import { isConfirmed, type PictureType, type Watermark } from '../../core/templates/watermark.ts'
import type { WatermarkStore } from '../../core/templates/watermark-ports.ts'
import { refuseTwins } from './refuse-twins.ts'
import type { DB, Watermark as WatermarkTable } from './schema.generated.ts'

const TWINS = { constraint: 'watermark_name_once', problem: { kind: 'watermark_exists' } } as const

export const watermarkStore = (db: Kysely<DB>): WatermarkStore => ({ ...reads(db), ...writes(db), ...removal(db) })

type Reads = 'watermarks' | 'watermark' | 'defaultWatermarks'
type Removal = 'deleteWatermark' | 'releasable' | 'forgetWatermark'

const reads = (db: Kysely<DB>): Pick<WatermarkStore, Reads> => ({
  async watermarks(projectId, { ids, offset, limit }) {
    const all = own(db, projectId).$if(ids !== undefined, (query) => query.where('id', 'in', ids ?? []))
    const newest = all.selectAll().orderBy('created_at', 'desc').orderBy('id', 'desc')
    const [rows, { total }] = await Promise.all([
      (ids ? newest : newest.offset(offset).limit(limit)).execute(),
      all.select((eb) => eb.fn.countAll<number>().as('total')).executeTakeFirstOrThrow(),
    ])
    return { watermarks: rows.map(toWatermark), total: Number(total) }
  },
  async watermark(projectId, id) {
    const row = await own(db, projectId).selectAll().where('id', '=', id).executeTakeFirst()
    return row && toWatermark(row)
  },
  async defaultWatermarks(projectId) {
    const rows = await own(db, projectId)
      .selectAll()
      .where('is_default', '=', true)
      .orderBy('created_at')
      .orderBy('id')
      .execute()
    return rows.map(toWatermark).filter(isConfirmed)
  },
})

const writes = (db: Kysely<DB>): Omit<WatermarkStore, Reads | Removal> => ({
  insertWatermark: (projectId, watermark, most) =>
    refuseTwins(TWINS, () =>
      db.transaction().execute(async (trx) => {
        await lockProject(trx, projectId)
        const { total } = await own(trx, projectId)
          .select((eb) => eb.fn.countAll<number>().as('total'))
          .executeTakeFirstOrThrow()
        if (Number(total) >= most) throw new DomainError({ kind: 'too_many_watermarks', limit: most })
        await trx.insertInto('watermark').values(toRow(projectId, watermark)).execute()
      }),
    ),
  updateWatermark: (projectId, id, change) =>
    refuseTwins(TWINS, () =>
      db.transaction().execute(async (trx) => {
        const row = await own(trx, projectId).selectAll().where('id', '=', id).forUpdate().executeTakeFirst()
        if (!row) return false
        const { name, placement } = change(toWatermark(row))
        const set = { name, placement: JSON.stringify(placement) }
        await trx.updateTable('watermark').set(set).where('id', '=', id).execute()
        return true
      }),
    ),
  setDefaultWatermark: (projectId, id, { isDefault, most }) =>
    db.transaction().execute(async (trx) => {
      await lockProject(trx, projectId)
      const others = await own(trx, projectId)
        .select('id')
        .where('is_default', '=', true)
        .where('id', '!=', id)
        .execute()
      if (isDefault && others.length >= most) {
        throw new DomainError({ kind: 'conflict', what: `${most} watermarks are default already` })
      }
      const row = await update(trx, projectId, id).set({ is_default: isDefault }).returning('id').executeTakeFirst()
      return row !== undefined
    }),
  async recordPicture(projectId, id, picture) {
    const row = await update(db, projectId, id)
      // Whoever comes second reads what the first one wrote.
      .set({ picture: sql`coalesce(picture, ${JSON.stringify(picture)}::jsonb)` })
      .returning('picture')
      .executeTakeFirst()
    return row && (row.picture as unknown as MarkPicture)
  },
})

const removal = (db: Kysely<DB>): Pick<WatermarkStore, Removal> => ({
  async deleteWatermark(projectId, id) {
    const row = await update(db, projectId, id)
      .set({ deleted_at: sql`now()`, is_default: false })
      .returning('id')
      .executeTakeFirst()
    return row !== undefined
  },
  async releasable(projectId) {
    const { rows } = await sql<{ id: string }>`
      select id from watermark
      where project_id = ${projectId} and deleted_at is not null and not exists (
        select from asset
        where asset.project_id = watermark.project_id
          and (ingest_state = 'creating' or transcode_state in ('waiting', 'running'))
          and ingest_state in ('creating', 'created')
          and (transcode_settings->'marks' @> jsonb_build_array(jsonb_build_object('watermarkId', watermark.id))
            or next_transcode->'settings'->'marks' @> jsonb_build_array(jsonb_build_object('watermarkId', watermark.id)))
      )`.execute(db)
    return rows.map(({ id }) => id)
  },
  async forgetWatermark(id) {
    await db.deleteFrom('watermark').where('id', '=', id).where('deleted_at', 'is not', null).execute()
  },
})

/** Deleted ones are nobody's any more. */
const own = (db: Kysely<DB>, projectId: ProjectId) =>
  db.selectFrom('watermark').where('project_id', '=', projectId).where('deleted_at', 'is', null)

const update = (db: Kysely<DB>, projectId: ProjectId, id: string) =>
  db.updateTable('watermark').where('project_id', '=', projectId).where('id', '=', id).where('deleted_at', 'is', null)

/** Serialises what counts. Not "for update": inserting an asset takes a key share lock on its project. */
const lockProject = async (trx: Transaction<DB>, projectId: ProjectId): Promise<void> => {
  await trx.selectFrom('project').select('id').where('id', '=', projectId).forNoKeyUpdate().execute()
}

const toRow = (projectId: ProjectId, watermark: Watermark) => ({
  id: watermark.id,
  project_id: projectId,
  name: watermark.name,
  created_at: watermark.createdAt,
  declared_type: watermark.declaredType,
  declared_md5: watermark.declaredMd5 ?? null,
  placement: JSON.stringify(watermark.placement),
  is_default: watermark.isDefault,
})

/** The casts hold because only this file writes the columns, and the schema's checks bound them. */
const toWatermark = (row: Selectable<WatermarkTable>): Watermark => ({
  id: row.id,
  name: row.name,
  createdAt: row.created_at,
  declaredType: row.declared_type as PictureType,
  ...(row.declared_md5 !== null && { declaredMd5: row.declared_md5 }),
  placement: row.placement as unknown as MarkPlacement,
  isDefault: row.is_default,
  ...(row.picture !== null && { picture: row.picture as unknown as MarkPicture }),
})

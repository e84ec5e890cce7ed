import type { Kysely, Selectable, Transaction } from 'kysely'
import type { ReviewSettings } from '../../core/catalog/review.ts'
import type { ProjectId } from '../../core/shared/ids.ts'
import { DomainError } from '../../core/shared/problem.ts'
import type { ReviewTemplateStore, StoredReviewTemplate } from '../../core/templates/review-template-ports.ts'
import { refuseTwins } from './refuse-twins.ts'
import type { DB, ReviewTemplate as ReviewTemplateTable } from './schema.generated.ts'

const TWINS = {
  constraint: 'review_template_name_once',
  problem: { kind: 'conflict', what: 'another review template has this name' },
} as const

export const reviewTemplateStore = (db: Kysely<DB>): ReviewTemplateStore => ({
  async reviewTemplates(projectId) {
    const rows = await db
      .selectFrom('review_template')
      .selectAll()
      .where('project_id', '=', projectId)
      .orderBy('created_at')
      .orderBy('id')
      .execute()
    return rows.map(toTemplate)
  },
  async reviewTemplate(projectId, id) {
    const row = await own(db, projectId, id).executeTakeFirst()
    return row && toTemplate(row)
  },
  insertReviewTemplate: (projectId, template, most) =>
    refuseTwins(TWINS, () =>
      db.transaction().execute(async (trx) => {
        await lockProject(trx, projectId)
        const { total } = await trx
          .selectFrom('review_template')
          .select((eb) => eb.fn.countAll<number>().as('total'))
          .where('project_id', '=', projectId)
          .executeTakeFirstOrThrow()
        if (Number(total) >= most) {
          throw new DomainError({ kind: 'conflict', what: `there are ${most} review templates already` })
        }
        await save(trx, projectId, template)
      }),
    ),
  updateReviewTemplate: (projectId, { id, initial }, change) =>
    refuseTwins(TWINS, () =>
      db.transaction().execute(async (trx) => {
        await lockProject(trx, projectId)
        const row = await own(trx, projectId, id).executeTakeFirst()
        const before = row ? toTemplate(row) : initial
        if (!before) return false
        await save(trx, projectId, change(before))
        return true
      }),
    ),
  async deleteReviewTemplate(projectId, id) {
    const row = await db
      .deleteFrom('review_template')
      .where('project_id', '=', projectId)
      .where('id', '=', id)
      .returning('id')
      .executeTakeFirst()
    return row !== undefined
  },
})

const own = (db: Kysely<DB>, projectId: ProjectId, id: string) =>
  db.selectFrom('review_template').selectAll().where('project_id', '=', projectId).where('id', '=', id)

/** Serialises all changes of a project's templates: their number, and which one is default. */
const lockProject = async (trx: Transaction<DB>, projectId: ProjectId): Promise<void> => {
  await trx.selectFrom('project').select('id').where('id', '=', projectId).forNoKeyUpdate().execute()
}

const save = async (
  trx: Transaction<DB>,
  projectId: ProjectId,
  { id, name, isDefault, settings }: StoredReviewTemplate,
): Promise<void> => {
  if (isDefault) {
    const others = trx.updateTable('review_template').set({ is_default: false }).where('project_id', '=', projectId)
    await others.where('is_default', '=', true).where('id', '!=', id).execute()
  }
  const columns = { name, is_default: isDefault, settings: JSON.stringify(settings) }
  await trx
    .insertInto('review_template')
    .values({ id, project_id: projectId, ...columns })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(columns))
    .execute()
}

/** The cast holds because only this file writes the column. */
const toTemplate = (row: Selectable<ReviewTemplateTable>): StoredReviewTemplate => ({
  id: row.id,
  name: row.name,
  isDefault: row.is_default,
  settings: row.settings as unknown as ReviewSettings,
})

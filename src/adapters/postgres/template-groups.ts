import { type Kysely, type Selectable, sql, type Transaction } from 'kysely'
import type { TranscodeSettings } from '../../core/catalog/transcode-settings.ts'
import type { ProjectId } from '../../core/shared/ids.ts'
import { DomainError } from '../../core/shared/problem.ts'
import type { TemplateStore } from '../../core/templates/ports.ts'
import type { CustomGroup } from '../../core/templates/template-group.ts'
import { refuseTwins } from './refuse-twins.ts'
import type { DB, TemplateGroup as TemplateGroupTable } from './schema.generated.ts'

const TWINS = { constraint: 'template_group_name_once', problem: { kind: 'template_group_exists' } } as const

export const templateStore = (db: Kysely<DB>): TemplateStore => ({
  async groups(projectId) {
    const rows = await db
      .selectFrom('template_group')
      .selectAll()
      .where('project_id', '=', projectId)
      .orderBy('created_at')
      .orderBy('id')
      .execute()
    return rows.map(toGroup)
  },
  async groupNamed(projectId, name) {
    const row = await db
      .selectFrom('template_group')
      .selectAll()
      .where('project_id', '=', projectId)
      .where((eb) => (name === undefined ? eb('is_default', '=', true) : eb('name', '=', name)))
      .executeTakeFirst()
    return row && toGroup(row)
  },
  insertGroup: (projectId, { id, name, description, isDefault, settings, watermarkId }) =>
    refuseTwins(TWINS, () =>
      db.transaction().execute(async (trx) => {
        if (isDefault) await giveUpDefault(trx, projectId)
        const texts = { name, description: description ?? null, settings: JSON.stringify(settings) }
        await trx
          .insertInto('template_group')
          .values({ id, project_id: projectId, is_default: isDefault, watermark_id: watermarkId ?? null, ...texts })
          .execute()
      }),
    ),
  updateGroup: (projectId, { id, name, description, isDefault, watermarkId, settings: changed }, check) =>
    refuseTwins(TWINS, () =>
      db.transaction().execute(async (trx) => {
        if (isDefault) await giveUpDefault(trx, projectId)
        const before = await lockedGroup(trx, projectId, id)
        // The old default stays when there is nothing to take its place.
        if (!before && isDefault) throw new DomainError({ kind: 'template_group_not_found' })
        if (!before) return false
        // Of the settings, too, what is not named stays.
        const settings = { ...before.settings, ...changed }
        check(settings)
        await trx
          .updateTable('template_group')
          .set({
            ...(name !== undefined && { name }),
            ...(description !== undefined && { description }),
            ...(isDefault !== undefined && { is_default: isDefault }),
            ...(watermarkId !== undefined && { watermark_id: watermarkId }),
            settings: JSON.stringify(settings),
          })
          .where('id', '=', before.id)
          .execute()
        if (name !== undefined && name !== before.name) await renameInWorkflows(trx, projectId, [before.name, name])
        return true
      }),
    ),
  async removeGroup(projectId, id) {
    const row = await db
      .deleteFrom('template_group')
      .where('project_id', '=', projectId)
      .where('id', '=', id)
      .returning('id')
      .executeTakeFirst()
    return row !== undefined
  },
})

/** Workflows name groups as calls do (decision 0034), and go on meaning the one that they were made for. */
const renameInWorkflows = async (
  trx: Transaction<DB>,
  projectId: ProjectId,
  [from, to]: readonly [string, string],
): Promise<void> => {
  await trx
    .updateTable('workflow')
    .set({ tasks: sql`jsonb_set(tasks, '{templateGroup}', to_jsonb(${to}::text))` })
    .where('project_id', '=', projectId)
    .where(sql`tasks->>'templateGroup'`, '=', from)
    .execute()
}

const lockedGroup = async (
  trx: Transaction<DB>,
  projectId: ProjectId,
  id: string,
): Promise<CustomGroup | undefined> => {
  const row = await trx
    .selectFrom('template_group')
    .selectAll()
    .where('project_id', '=', projectId)
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst()
  return row && toGroup(row)
}

/** The project's row serialises changes of its default: two new ones at once must not meet in the unique index. */
const giveUpDefault = async (trx: Transaction<DB>, projectId: ProjectId): Promise<void> => {
  await trx.selectFrom('project').select('id').where('id', '=', projectId).forNoKeyUpdate().execute()
  await trx
    .updateTable('template_group')
    .set({ is_default: false })
    .where('project_id', '=', projectId)
    .where('is_default', '=', true)
    .execute()
}

/** The cast holds because only this file writes the column. */
const toGroup = (row: Selectable<TemplateGroupTable>): CustomGroup => ({
  id: row.id,
  kind: 'custom',
  name: row.name,
  ...(row.description !== null && { description: row.description }),
  isDefault: row.is_default,
  settings: row.settings as unknown as TranscodeSettings,
  ...(row.watermark_id !== null && { watermarkId: row.watermark_id }),
})

import type { Kysely } from 'kysely'
import type { KeySettingsStore } from '../../core/catalog/key-settings.ts'
import type { DB } from './schema.generated.ts'

/** Of a project that is gone nothing can be fetched: it has no key URL, and our key service is off. */
export const keySettingsStore = (db: Kysely<DB>): KeySettingsStore => ({
  async keySettings(projectId) {
    const row = await db
      .selectFrom('project')
      .select(['key_url', 'key_service'])
      .where('id', '=', projectId)
      .executeTakeFirst()
    return { keyService: row?.key_service ?? false, ...(row?.key_url && { keyUrl: row.key_url }) }
  },
  async setKeySettings(projectId, { keyUrl, keyService }) {
    await db
      .updateTable('project')
      .set({ key_url: keyUrl ?? null, key_service: keyService })
      .where('id', '=', projectId)
      .execute()
  },
})

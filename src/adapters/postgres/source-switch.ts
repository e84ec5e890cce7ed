import type { Kysely } from 'kysely'
import type { SourceSwitch } from '../../core/delivery/source-switch.ts'
import type { DB } from './schema.generated.ts'

export const sourceSwitch = (db: Kysely<DB>): SourceSwitch => ({
  async isOn(projectId) {
    const row = await db.selectFrom('project').select('source_playback').where('id', '=', projectId).executeTakeFirst()
    return row?.source_playback ?? false
  },
  async turn(projectId, to) {
    await db
      .updateTable('project')
      .set({ source_playback: to === 'on' })
      .where('id', '=', projectId)
      .execute()
  },
})

import { type Kysely, sql } from 'kysely'
import { getConstructionPlans, getMigrationPlans } from 'pg-boss'
import packageJson from 'pg-boss/package.json' with { type: 'json' }
import { INSTALL_LOCK } from './server-names.ts'

export const PG_BOSS_SCHEMA = 'pgboss'

/**
 * Makes or upgrades pg-boss's own schema. Not by its `migrate` option: that fails now and then when processes start at once, and
 * keeps a timer for index builds which needs more of the driver than kysely passes on.
 */
export const installPgBoss = <DB>(db: Kysely<DB>): Promise<void> =>
  db.connection().execute(async (connection) => {
    await sql`select pg_advisory_lock(${INSTALL_LOCK}, 0)`.execute(connection)
    try {
      const plan = planFrom(await installedVersion(connection))
      if (plan !== undefined) await sql.raw(plan).execute(connection)
    } finally {
      // Ends the transaction of a plan that failed; without one it does nothing.
      await sql`rollback`.execute(connection)
      await sql`select pg_advisory_unlock(${INSTALL_LOCK}, 0)`.execute(connection)
    }
  })

const planFrom = (version: number | undefined): string | undefined => {
  if (version === undefined) return getConstructionPlans(PG_BOSS_SCHEMA)
  if (version >= packageJson.pgboss.schema) return undefined
  // Concurrent index builds must be sent one by one. Ours may lock: the tables hold no more than what is queued or running.
  return getMigrationPlans(PG_BOSS_SCHEMA, version).replaceAll(' CONCURRENTLY', '')
}

const installedVersion = async <DB>(connection: Kysely<DB>): Promise<number | undefined> => {
  const { rows } = await sql<{ present: boolean }>`
    select to_regclass(${`${PG_BOSS_SCHEMA}.version`}) is not null as present
  `.execute(connection)
  if (!rows[0]?.present) return undefined
  const found = await sql<{ version: number }>`select version from ${sql.table(`${PG_BOSS_SCHEMA}.version`)}`.execute(
    connection,
  )
  return found.rows[0]?.version
}

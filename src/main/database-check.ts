import { sql } from 'kysely'
import type { HealthCheck } from '../http/health.ts'
import type { Foundation } from './foundation.ts'

/** Whether PostgreSQL answers. */
export const databaseCheck =
  ({ db }: Pick<Foundation, 'db'>): HealthCheck =>
  async () => {
    await sql`select 1`.execute(db)
  }

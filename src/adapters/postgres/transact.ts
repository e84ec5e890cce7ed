import type { Kysely, Transaction } from 'kysely'
import { DatabaseError } from 'pg'

const MAX_TRIES = 5
/** Serialization failure, and deadlock: PostgreSQL gave this transaction up for another one's sake. */
const CONFLICTS: ReadonlySet<string | undefined> = new Set(['40001', '40P01'])

/**
 * Runs `work` in one transaction, and a few times again when PostgreSQL ended it in favour of another one, which goes on
 * meanwhile. So `work` does nothing but by its transaction.
 */
export const transact = async <DB, T>(db: Kysely<DB>, work: (trx: Transaction<DB>) => Promise<T>): Promise<T> => {
  for (let tries = 1; ; tries++) {
    try {
      return await db.transaction().execute(work)
    } catch (error) {
      const isConflict = error instanceof DatabaseError && CONFLICTS.has(error.code)
      if (!isConflict || tries === MAX_TRIES) throw error
    }
  }
}

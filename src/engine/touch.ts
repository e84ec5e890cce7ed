import { type Kysely, type QueryExecutorProvider, sql } from 'kysely'
import { ClaimLost } from './claim-lost.ts'
import type { Claim, Effect } from './engine.ts'

interface Touch<DB> {
  readonly progress: number
  readonly effect: Effect<DB> | undefined
}

export const touch = async <DB>(
  db: Kysely<DB>,
  claim: Claim,
  { progress, effect }: Touch<DB>,
): Promise<'held' | 'lost'> => {
  if (!effect) return (await mark(db, claim, progress)) ? 'held' : 'lost'
  try {
    await db.transaction().execute(async (trx) => {
      await effect(trx)
      if (!(await mark(trx, claim, progress))) throw new ClaimLost()
    })
    return 'held'
  } catch (error) {
    if (error instanceof ClaimLost) return 'lost'
    throw error
  }
}

const mark = async (on: QueryExecutorProvider, claim: Claim, progress: number): Promise<boolean> => {
  const { rows } = await sql`
    update engine.task
    set progress = ${progress}::real, touched_at = now()
    where id = ${claim.taskId}::uuid and claim = ${claim.number} and state = 'running'
    returning id
  `.execute(on)
  return rows.length === 1
}

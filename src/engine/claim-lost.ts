import { type QueryExecutorProvider, sql } from 'kysely'
import type { Claim } from './engine.ts'

/** Thrown inside a transaction to roll everything back; never leaves the engine. */
export class ClaimLost extends Error {
  override readonly name = 'ClaimLost'
}

/** `done`: this very claim completed its task, e.g. in a commit whose answer was lost with the connection. */
export const claimState = async (on: QueryExecutorProvider, claim: Claim): Promise<'held' | 'done' | 'lost'> => {
  const { rows } = await sql<{ state: string }>`
    select state from engine.task where id = ${claim.taskId}::uuid and claim = ${claim.number}
  `.execute(on)
  switch (rows[0]?.state) {
    case 'running':
      return 'held'
    case 'done':
      return 'done'
    default:
      return 'lost'
  }
}

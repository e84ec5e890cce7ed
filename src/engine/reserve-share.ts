import { sql } from 'kysely'
import type { Queue } from '../core/shared/task.ts'
import type { EngineTx } from './engine.ts'

/**
 * Where in a queue's virtual time the next tasks of a tenant start: behind the tenant's own, but never before what is served
 * now. The queue serves the smallest start first, so tenants with a backlog take turns by cost, and one who was away neither
 * waits behind the others' backlog nor catches up on the time it did not use.
 *
 * Takes no lock: transactions of one tenant that overlap get the same start. That advantage is as small as their number, a
 * row to lock would make the tenant's submissions wait for one another's commits.
 */
export const reserveShare = async (tx: EngineTx, of: { readonly queue: Queue; readonly tenant: string }) => {
  const { rows } = await sql<{ start: number }>`
    select greatest(
      coalesce(
        (select min(virtual_start) from engine.task where queue = ${of.queue} and state = 'queued'),
        (select max(virtual_start) from engine.task where queue = ${of.queue} and state = 'running'),
        0
      ),
      (
        select max(virtual_end) from engine.task
        where queue = ${of.queue} and tenant = ${of.tenant} and state in ('queued', 'running')
      )
    ) as start
  `.execute(tx)
  return rows[0]?.start ?? 0
}

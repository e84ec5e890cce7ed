import { sql } from 'kysely'
import type { Queue } from '../core/shared/task.ts'
import type { EngineTx } from './engine.ts'

/**
 * Where in a queue's virtual time the next tasks of a tenant start: behind the tenant's own, but never before what is served
 * now. The queue serves the smallest start first, so tenants with a backlog take turns by cost, and one who was away neither
 * waits behind the others' backlog nor catches up on the time it did not use.
 *
 * What is served now is the last task that was handed out, not the next one: whoever comes is before the one tenant that
 * all slots work for, and behind others who came before. Where only a task of long ago still runs, it is one turn before the next.
 *
 * Takes no lock: transactions of one tenant that overlap get the same start. That advantage is as small as their number, a
 * row to lock would make the tenant's submissions wait for one another's commits.
 */
export const reserveShare = async (tx: EngineTx, of: { readonly queue: Queue; readonly tenant: string }) => {
  const { rows } = await sql<{ start: number }>`
    with
      served as (
        select max(virtual_start) as start from engine.task where queue = ${of.queue} and state = 'running'
      ),
      next as (
        select virtual_start as start, virtual_end - virtual_start as cost from engine.task
        where queue = ${of.queue} and state = 'queued' and virtual_start is not null
        order by virtual_start
        limit 1
      )
    select greatest(
      least(next.start, greatest(coalesce(served.start, next.start), next.start - next.cost)),
      (
        select max(virtual_end) from engine.task
        where queue = ${of.queue} and tenant = ${of.tenant} and state in ('queued', 'running')
      ),
      0
    ) as start
    from served left join next on true
  `.execute(tx)
  return rows[0]?.start ?? 0
}

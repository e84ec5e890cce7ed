import { sql } from 'kysely'
import { MAX_WEIGHT, type Queue } from '../core/shared/task.ts'
import type { EngineTx, StepId, StepRequest } from './engine.ts'
import type { TaskQueue } from './queue.ts'
import { reserveShare } from './reserve-share.ts'
import { WAKE_CHANNEL } from './server-names.ts'

/** What decides when the tasks of a step are served. */
interface Terms {
  readonly queue: Queue
  readonly tenant: string
  readonly cost: number
  readonly delaySeconds: number
}

interface QueuedTask {
  readonly id: string
  readonly idx: number
}

export const startStep = async (tx: EngineTx, queue: TaskQueue, request: StepRequest): Promise<StepId> => {
  const step = { delaySeconds: 0, ...request, cost: virtualCost(request) }
  if (step.inputs.length === 0) throw new Error(`step ${step.kind} needs at least one task`)
  const unmet = await lockUnmet(tx, step.after ?? [])
  const id = await insertStep(tx, step, unmet.length)
  if (unmet.length > 0) {
    await insertTasks(tx, id, { step, start: undefined })
    await insertEdges(tx, unmet, id)
  } else {
    const start = await reserveShare(tx, step)
    const tasks = await insertTasks(tx, id, { step, start })
    await enqueue(tx, queue, { tasks, terms: step, start })
  }
  return id
}

/** Virtual time must be whole, and a weight divides it. A queue that is never empty has room for 178 million turns. */
const TURN = MAX_WEIGHT

const virtualCost = ({ cost = 1, weight = 1 }: StepRequest): number => Math.max(1, Math.round((TURN * cost) / weight))

/** The tasks of a step that waited for others enter their queue. */
export const releaseStep = async (tx: EngineTx, queue: TaskQueue, id: StepId): Promise<void> => {
  const terms = await termsOf(tx, id)
  const start = await reserveShare(tx, terms)
  const tasks = await queueWaitingTasks(tx, id, { ...terms, start })
  await enqueue(tx, queue, { tasks, terms, start })
}

/** Reaches the workers when the transaction commits. */
export const wakeWorkers = async (tx: EngineTx, queue: Queue): Promise<void> => {
  await sql`select pg_notify(${WAKE_CHANNEL}, ${queue})`.execute(tx)
}

const enqueue = async (
  tx: EngineTx,
  queue: TaskQueue,
  { tasks, terms, start }: { readonly tasks: readonly QueuedTask[]; readonly terms: Terms; readonly start: number },
): Promise<void> => {
  const entries = tasks.map(({ id, idx }) => ({ id, priority: -(start + idx * terms.cost) }))
  await queue.insert(tx, terms.queue, { entries, delaySeconds: terms.delaySeconds })
  if (terms.delaySeconds === 0) await wakeWorkers(tx, terms.queue)
}

/** Shared locks: none of these steps can end before the caller's transaction does, so that its end finds the edge. */
const lockUnmet = async (tx: EngineTx, after: readonly StepId[]): Promise<readonly StepId[]> => {
  if (after.length === 0) return []
  const { rows } = await sql<{ id: StepId; state: string }>`
    select id::text as id, state from engine.step where id = any(${[...after]}::bigint[]) order by id for share
  `.execute(tx)
  for (const id of after) {
    const state = rows.find((row) => row.id === id)?.state ?? 'unknown'
    if (!['waiting', 'running', 'done'].includes(state))
      throw new Error(`no step can follow step ${id}: it is ${state}`)
  }
  return rows.filter(({ state }) => state !== 'done').map(({ id }) => id)
}

const insertStep = async (tx: EngineTx, step: StepRequest & Terms, unmet: number): Promise<StepId> => {
  const { rows } = await sql<{ id: StepId }>`
    insert into engine.step (subject, tenant, kind, queue, state, unmet, remaining, retry_limit, retry_seconds, delay_seconds, cost,
      expected_seconds)
    values (
      ${step.subject}, ${step.tenant}, ${step.kind}, ${step.queue}, ${unmet > 0 ? 'waiting' : 'running'}, ${unmet},
      ${step.inputs.length}, ${step.retryLimit}, ${step.retrySeconds}, ${step.delaySeconds}, ${step.cost},
      ${step.expectedSeconds ?? 1}::real
    )
    returning id::text as id
  `.execute(tx)
  const [row] = rows
  if (!row) throw new Error('insert of a step returned nothing')
  return row.id
}

/** `start`: the tasks are queued at once, from there on in the queue's virtual time. */
const insertTasks = async (
  tx: EngineTx,
  id: StepId,
  { step, start }: { readonly step: StepRequest & Terms; readonly start: number | undefined },
): Promise<readonly QueuedTask[]> => {
  const competesFrom = step.delaySeconds === 0 && start !== undefined ? start : null
  const { rows } = await sql<QueuedTask>`
    insert into engine.task (step_id, idx, queue, tenant, input, state, virtual_start, virtual_end)
    select
      ${id}::bigint, n.idx - 1, ${step.queue}, ${step.tenant}, n.input, ${start === undefined ? 'waiting' : 'queued'},
      ${competesFrom}::integer + (n.idx - 1) * ${step.cost}::integer,
      ${competesFrom}::integer + n.idx * ${step.cost}::integer
    from jsonb_array_elements(${JSON.stringify(step.inputs)}::jsonb) with ordinality as n (input, idx)
    returning id, idx
  `.execute(tx)
  return rows
}

const insertEdges = async (tx: EngineTx, before: readonly StepId[], after: StepId): Promise<void> => {
  await sql`
    insert into engine.edge (before_id, after_id) select unnest(${[...before]}::bigint[]), ${after}::bigint
  `.execute(tx)
}

const termsOf = async (tx: EngineTx, id: StepId): Promise<Terms> => {
  const { rows } = await sql<Terms>`
    select queue, tenant, cost, delay_seconds as "delaySeconds" from engine.step where id = ${id}::bigint
  `.execute(tx)
  const [row] = rows
  if (!row) throw new Error(`there is no step ${id}`)
  return row
}

const queueWaitingTasks = async (
  tx: EngineTx,
  id: StepId,
  { cost, delaySeconds, start }: Terms & { readonly start: number },
): Promise<readonly QueuedTask[]> => {
  const competesFrom = delaySeconds === 0 ? start : null
  const { rows } = await sql<QueuedTask>`
    update engine.task
    set
      state = 'queued',
      virtual_start = ${competesFrom}::integer + idx * ${cost}::integer,
      virtual_end = ${competesFrom}::integer + (idx + 1) * ${cost}::integer
    where step_id = ${id}::bigint and state = 'waiting'
    returning id, idx
  `.execute(tx)
  return rows
}

import { type Kysely, sql, type Transaction } from 'kysely'
import type { EdgeItem, EdgeItemState, EdgeKind, EdgeTask, EdgeTasks, EdgeTx } from '../../core/delivery/edge-ports.ts'
import { EDGE_TASK, type EdgeTaskInput } from '../../core/delivery/edge-task.task.ts'
import type { AssetId, ProjectId } from '../../core/shared/ids.ts'
import type { Engine } from '../../engine/engine.ts'
import type { DB } from './schema.generated.ts'
import { transact } from './transact.ts'

export const edgeTasks = (db: Kysely<DB>, engine: Pick<Engine, 'startStep'>): EdgeTasks => ({
  add: (task, perDay) =>
    transact(db, async (trx) => {
      if (!(await take(trx, task, perDay))) return 'over_quota'
      await forgetOld(trx, task.projectId)
      await insert(trx, task)
      const { kind, queue, retryLimit, retrySeconds } = EDGE_TASK
      const input: EdgeTaskInput = { taskId: task.id }
      const { weight } = await trx
        .selectFrom('project')
        .select('weight')
        .where('id', '=', task.projectId)
        .executeTakeFirstOrThrow()
      await engine.startStep(trx, {
        ...{ subject: task.id, tenant: task.projectId, kind, queue, retryLimit, retrySeconds, inputs: [input], weight },
      })
      return 'added'
    }),
  items: (projectId, kind, id) => itemsOf(db, projectId, { kind, id }),
  async open(id) {
    const rows = await db
      .selectFrom('edge_item')
      .innerJoin('edge_task', 'edge_task.id', 'edge_item.task_id')
      .select(['kind', 'idx', 'asset_id', 'path', 'origin'])
      .where('task_id', '=', id)
      .where('state', '=', 'processing')
      .orderBy('idx')
      .execute()
    return {
      kind: (rows[0]?.kind ?? 'preheat') as EdgeKind,
      items: rows.map((row) => ({ ...toItem(row), index: row.idx })),
    }
  },
  async settle(id, index, outcome) {
    await db
      .updateTable('edge_item')
      .set({ state: outcome.state, reason: outcome.state === 'failed' ? outcome.reason : null })
      .where('task_id', '=', id)
      .where('idx', '=', index)
      .where('state', '=', 'processing')
      .execute()
  },
})

export const edgeTx = (trx: Transaction<DB>): EdgeTx => ({
  async failOpenItems(id, reason) {
    await trx
      .updateTable('edge_item')
      .set({ state: 'failed', reason })
      .where('task_id', '=', id)
      .where('state', '=', 'processing')
      .execute()
  },
})

const TODAY = sql<string>`(now() at time zone 'utc')::date`

/** Counts the URLs of a task, unless that would be more than a day has. */
const take = async (trx: Transaction<DB>, { projectId, kind, items }: EdgeTask, perDay: number): Promise<boolean> => {
  const count = items.length
  if (count > perDay) return false
  const usedToday = sql<number>`case when edge_quota.day = ${TODAY} then edge_quota.used else 0 end`
  const row = await trx
    .insertInto('edge_quota')
    .values({ project_id: projectId, kind, day: TODAY, used: count })
    .onConflict((conflict) =>
      conflict
        .columns(['project_id', 'kind'])
        .doUpdateSet({ day: TODAY, used: sql<number>`${usedToday} + ${count}` })
        .where(sql<boolean>`${usedToday} + ${count} <= ${perDay}`),
    )
    .returning('used')
    .executeTakeFirst()
  return row !== undefined
}

const KEPT_DAYS = 30

const forgetOld = async (trx: Transaction<DB>, projectId: ProjectId): Promise<void> => {
  await trx
    .deleteFrom('edge_task')
    .where('project_id', '=', projectId)
    .where('created_at', '<', sql<Date>`now() - make_interval(days => ${KEPT_DAYS})`)
    .execute()
}

const insert = async (trx: Transaction<DB>, { id, projectId, kind, items }: EdgeTask): Promise<void> => {
  await trx.insertInto('edge_task').values({ id, project_id: projectId, kind }).execute()
  const rows = items.map(({ assetId, path, origin }, idx) => ({
    ...{ task_id: id, idx, asset_id: assetId, path, origin: origin ?? null },
  }))
  if (rows.length > 0) await trx.insertInto('edge_item').values(rows).execute()
}

const itemsOf = async (
  db: Kysely<DB>,
  projectId: ProjectId,
  { kind, id }: { readonly kind: EdgeKind; readonly id: string },
): Promise<readonly EdgeItemState[] | undefined> => {
  const task = await db
    .selectFrom('edge_task')
    .select('id')
    .where('id', '=', id)
    .where('project_id', '=', projectId)
    .where('kind', '=', kind)
    .executeTakeFirst()
  if (!task) return
  const rows = await db
    .selectFrom('edge_item')
    .select(['asset_id', 'path', 'origin', 'state'])
    .where('task_id', '=', id)
    .orderBy('idx')
    .execute()
  return rows.map((row) => ({ ...toItem(row), state: row.state as EdgeItemState['state'] }))
}

interface ItemRow {
  readonly asset_id: string
  readonly path: string
  readonly origin: string | null
}

/** The casts hold because only this file writes these columns. */
const toItem = ({ asset_id, path, origin }: ItemRow): EdgeItem => ({
  ...{ assetId: asset_id as AssetId, path },
  ...(origin !== null && { origin }),
})

import type { Kysely, Selectable } from 'kysely'
import { DomainError } from '../../core/shared/problem.ts'
import type { Workflow, WorkflowTasks } from '../../core/templates/workflow.ts'
import type { WorkflowStore } from '../../core/templates/workflow-ports.ts'
import { refuseTwins } from './refuse-twins.ts'
import type { DB, Workflow as WorkflowTable } from './schema.generated.ts'

const TWINS = {
  constraint: 'workflow_name_once',
  problem: { kind: 'conflict', what: 'another workflow has this name' },
} as const

export const workflowStore = (db: Kysely<DB>): WorkflowStore => ({
  async workflows(projectId, { id, name }) {
    let rows = db.selectFrom('workflow').selectAll().where('project_id', '=', projectId)
    if (id !== undefined) rows = rows.where('id', '=', id)
    if (name !== undefined) rows = rows.where('name', '=', name)
    return (await rows.orderBy('created_at').orderBy('id').execute()).map(toWorkflow)
  },
  insertWorkflow: (projectId, { id, name, tasks }, most) =>
    refuseTwins(TWINS, () =>
      db.transaction().execute(async (trx) => {
        // Serialises what counts.
        await trx.selectFrom('project').select('id').where('id', '=', projectId).forNoKeyUpdate().execute()
        const { total } = await trx
          .selectFrom('workflow')
          .select((eb) => eb.fn.countAll<number>().as('total'))
          .where('project_id', '=', projectId)
          .executeTakeFirstOrThrow()
        if (Number(total) >= most) {
          throw new DomainError({ kind: 'conflict', what: `there are ${most} workflows already` })
        }
        const row = { id, project_id: projectId, name, tasks: JSON.stringify(tasks) }
        await trx.insertInto('workflow').values(row).execute()
      }),
    ),
  updateWorkflow: (projectId, { id, name, tasks }) =>
    refuseTwins(TWINS, async () => {
      const row = await db
        .updateTable('workflow')
        .set((eb) => ({ name: name ?? eb.ref('name'), tasks: tasks ? JSON.stringify(tasks) : eb.ref('tasks') }))
        .where('project_id', '=', projectId)
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirst()
      return row && toWorkflow(row)
    }),
  async deleteWorkflow(projectId, id) {
    const row = await db
      .deleteFrom('workflow')
      .where('project_id', '=', projectId)
      .where('id', '=', id)
      .returning('id')
      .executeTakeFirst()
    return row !== undefined
  },
})

/** The cast holds because only this file writes the column. */
const toWorkflow = ({ id, name, tasks }: Selectable<WorkflowTable>): Workflow => ({
  ...{ id, name, tasks: tasks as unknown as WorkflowTasks },
})

import type { ProjectId } from '../shared/ids.ts'
import type { Workflow } from './workflow.ts'

/** The workflows of all projects. Only the project's own exist for a call; each call is a transaction. */
export interface WorkflowStore {
  /** Oldest first. */
  workflows(projectId: ProjectId, filter: WorkflowFilter): Promise<readonly Workflow[]>
  /** Throws `conflict` when the name is taken, or where there are `most` already. */
  insertWorkflow(projectId: ProjectId, workflow: Workflow, most: number): Promise<void>
  /** What is not named stays. `undefined` when there is none. Throws `conflict` when the name is taken. */
  updateWorkflow(projectId: ProjectId, change: WorkflowChange): Promise<Workflow | undefined>
  /** `false` when there is none. */
  deleteWorkflow(projectId: ProjectId, id: string): Promise<boolean>
}

/** AND between members; absent members do not filter. */
export interface WorkflowFilter {
  readonly id?: string
  readonly name?: string
}

/** Tasks are replaced as a whole. */
export type WorkflowChange = Pick<Workflow, 'id'> & Partial<Omit<Workflow, 'id'>>

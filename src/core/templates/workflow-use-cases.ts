import type { NewId, ProjectId } from '../shared/ids.ts'
import { DomainError, invalidField } from '../shared/problem.ts'
import type { ChooseReview } from './review-template-use-cases.ts'
import type { TemplateUseCases } from './use-cases.ts'
import { MOST_WORKFLOWS, type Workflow, type WorkflowTasks } from './workflow.ts'
import type { WorkflowChange, WorkflowFilter, WorkflowStore } from './workflow-ports.ts'

/** What other layers may ask about workflows. */
export interface WorkflowUseCases {
  /** Oldest first. */
  listWorkflows(projectId: ProjectId, filter: WorkflowFilter): Promise<readonly Workflow[]>
  /** Throws `invalid_field` for no task at all, and for a template that is not there; `conflict` for a name that is taken. */
  createWorkflow(projectId: ProjectId, workflow: Omit<Workflow, 'id'>): Promise<Workflow>
  /** Assets that were made with it go on as they were. Throws as creation does, and `not_found`. */
  updateWorkflow(projectId: ProjectId, change: WorkflowChange): Promise<Workflow>
  /** Throws `not_found`. */
  deleteWorkflow(projectId: ProjectId, id: string): Promise<void>
  chooseWorkflow: ChooseWorkflow
}

/** What the project's workflow of this name does now. Throws `invalid_field` of `workflow_name` where there is none, or a template of it is gone. */
export type ChooseWorkflow = (projectId: ProjectId, name: string) => Promise<WorkflowTasks>

interface Deps {
  readonly workflows: WorkflowStore
  readonly newId: NewId
  readonly listTemplateGroups: TemplateUseCases['listTemplateGroups']
  readonly chooseReview: ChooseReview
}

export const workflowUseCases = ({ workflows: store, newId, ...templates }: Deps): WorkflowUseCases => ({
  listWorkflows: (projectId, filter) => store.workflows(projectId, filter),
  async createWorkflow(projectId, { name, tasks }) {
    await requireTasks(templates, projectId, tasks)
    const workflow = { id: newId(), name, tasks }
    await store.insertWorkflow(projectId, workflow, MOST_WORKFLOWS)
    return workflow
  },
  async updateWorkflow(projectId, change) {
    if (change.tasks) await requireTasks(templates, projectId, change.tasks)
    const workflow = await store.updateWorkflow(projectId, change)
    if (!workflow) throw new DomainError({ kind: 'not_found', what: 'workflow' })
    return workflow
  },
  async deleteWorkflow(projectId, id) {
    if (!(await store.deleteWorkflow(projectId, id))) throw new DomainError({ kind: 'not_found', what: 'workflow' })
  },
  async chooseWorkflow(projectId, name) {
    const [workflow] = await store.workflows(projectId, { name })
    if (!workflow) throw invalidField('workflow_name', `names no workflow: ${name}`)
    const defect = await defectOf(templates, projectId, workflow.tasks)
    if (defect) throw invalidField('workflow_name', `names a workflow whose ${defect.field} ${defect.reason}`)
    return workflow.tasks
  },
})

type Templates = Pick<Deps, 'listTemplateGroups' | 'chooseReview'>

const requireTasks = async (templates: Templates, projectId: ProjectId, tasks: WorkflowTasks): Promise<void> => {
  if (Object.keys(tasks).length === 0) throw invalidField('tasks', 'must hold at least one task')
  const defect = await defectOf(templates, projectId, tasks)
  if (defect) throw invalidField(defect.field, defect.reason)
}

const defectOf = async (
  { listTemplateGroups, chooseReview }: Templates,
  projectId: ProjectId,
  { templateGroup, reviewTemplateId }: WorkflowTasks,
): Promise<{ readonly field: string; readonly reason: string } | undefined> => {
  if (templateGroup !== undefined) {
    const field = 'tasks.transcode.template_group_name'
    const groups = await listTemplateGroups(projectId, {})
    if (!groups.some(({ name }) => name === templateGroup)) {
      return { field, reason: `names no template group: ${templateGroup}` }
    }
    if (templateGroup === 'non_transcoding_template_group') {
      return { field, reason: `names a group that transcodes nothing: ${templateGroup}` }
    }
  }
  if (reviewTemplateId === undefined || (await chooseReview(projectId, reviewTemplateId))) return
  return { field: 'tasks.review.template_id', reason: `names no review template: ${reviewTemplateId}` }
}

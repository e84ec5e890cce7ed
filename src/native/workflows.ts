import Type, { type Static } from 'typebox'
import { AUDIO_FORMATS } from '../core/catalog/asset.ts'
import type { TaskState, WorkflowTask } from '../core/catalog/workflow-run.ts'
import { MOST_WORKFLOWS, type Workflow, type WorkflowTasks } from '../core/templates/workflow.ts'
import { oneOf, textOf } from '../wire/fields.ts'
import { parseThumbnail, Thumbnail, thumbnailParameters } from '../wire/ingest/thumbnail.ts'
import { type AnyOperation, defineOperation } from '../wire/operation.ts'
import { ReviewOption } from '../wire/review/fields.ts'
import { BASE } from './fields.ts'

const WORKFLOWS = `${BASE}/workflows`
const shared = { group: 'workflows', failureStatus: 400, gaps: [] } as const
const IdText = textOf({ minLength: 1, maxBytes: 128 })
const NameText = Type.String({
  pattern: '^\\S(.*\\S)?$',
  maxLength: 128,
  reason: 'must be one line that neither begins nor ends with a blank',
})

const Tasks = Type.Object({
  transcode: Type.Optional(Type.Object({ template_group_name: textOf({ minLength: 1, maxBytes: 128 }) })),
  thumbnail: Type.Optional(Thumbnail),
  review: Type.Optional(ReviewOption),
  extract_audio: Type.Optional(Type.Object({ format: oneOf([...AUDIO_FORMATS]) })),
})

const Answer = Type.Object({ workflow_id: Type.String(), name: Type.String(), tasks: Tasks })

export const createWorkflow = defineOperation({
  ...shared,
  id: 'createWorkflow',
  method: 'POST',
  path: WORKFLOWS,
  summary: `Make a workflow, for workflow_name of the calls that make assets; at most ${MOST_WORKFLOWS}. It has at least one task; all run at the same time.`,
  body: Type.Object({ name: NameText, tasks: Tasks }),
  reply: Answer,
  successStatus: 201,
  async handle({ body: { name, tasks } }, { core, projectId }) {
    return toAnswer(await core.templates.createWorkflow(projectId, { name, tasks: parseTasks(tasks) }))
  },
})

export const listWorkflows = defineOperation({
  ...shared,
  id: 'listWorkflows',
  method: 'GET',
  path: WORKFLOWS,
  summary: 'List workflows, the oldest first; with an id or a name that one, or none.',
  query: Type.Object({
    workflow_id: Type.Optional(IdText),
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
  }),
  reply: Type.Object({ workflows: Type.Array(Answer) }),
  successStatus: 200,
  async handle({ query: { workflow_id: id, name } }, { core, projectId }) {
    const filter = { ...(id !== undefined && { id }), ...(name !== undefined && { name }) }
    return { workflows: (await core.templates.listWorkflows(projectId, filter)).map(toAnswer) }
  },
})

export const updateWorkflow = defineOperation({
  ...shared,
  id: 'updateWorkflow',
  method: 'PUT',
  path: WORKFLOWS,
  summary:
    'Rename a workflow, or say anew what it does: tasks takes the place of all that were. Assets that were made with it go on as they were.',
  body: Type.Object({ workflow_id: IdText, name: Type.Optional(NameText), tasks: Type.Optional(Tasks) }),
  reply: Answer,
  successStatus: 200,
  async handle({ body: { workflow_id: id, name, tasks } }, { core, projectId }) {
    const change = { id, ...(name !== undefined && { name }), ...(tasks && { tasks: parseTasks(tasks) }) }
    return toAnswer(await core.templates.updateWorkflow(projectId, change))
  },
})

export const deleteWorkflow = defineOperation({
  ...shared,
  id: 'deleteWorkflow',
  method: 'DELETE',
  path: WORKFLOWS,
  summary: 'Delete a workflow; assets that were made with it go on as they were.',
  query: Type.Object({ workflow_id: IdText }),
  successStatus: 204,
  async handle({ query }, { core, projectId }) {
    await core.templates.deleteWorkflow(projectId, query.workflow_id)
  },
})

const parseTasks = ({ transcode, thumbnail, review, extract_audio }: Static<typeof Tasks>): WorkflowTasks => ({
  ...(transcode && { templateGroup: transcode.template_group_name }),
  ...(thumbnail && { snapshots: parseThumbnail(thumbnail, 'tasks.thumbnail') }),
  ...(review && { reviewTemplateId: review.template_id }),
  ...(extract_audio && { audioFormat: extract_audio.format }),
})

const toAnswer = ({ id, name, tasks }: Workflow): Static<typeof Answer> => {
  const { templateGroup, snapshots, reviewTemplateId, audioFormat } = tasks
  return {
    ...{ workflow_id: id, name },
    tasks: {
      ...(templateGroup !== undefined && { transcode: { template_group_name: templateGroup } }),
      ...(snapshots && { thumbnail: thumbnailParameters(snapshots) }),
      ...(reviewTemplateId !== undefined && { review: { template_id: reviewTemplateId } }),
      ...(audioFormat && { extract_audio: { format: audioFormat } }),
    },
  }
}

const TASK_NAMES = {
  ...{ transcode: 'transcode', snapshots: 'thumbnail', review: 'review', extraction: 'extract_audio' },
} as const satisfies Record<WorkflowTask, string>

const Result = Type.Object({
  task: oneOf(Object.values(TASK_NAMES)),
  state: oneOf(['waiting', 'running', 'succeeded', 'failed', 'skipped']),
  reason: Type.Optional(Type.String({ description: 'Why it failed or was skipped, or a note on its result.' })),
  audio_asset_id: Type.Optional(Type.String({ description: 'Of the asset that the sound becomes.' })),
})

export const showAssetWorkflow = defineOperation({
  ...shared,
  id: 'showAssetWorkflow',
  method: 'GET',
  path: `${BASE}/assets/workflow`,
  summary:
    'How each task of the workflow stands that the asset was made with. Of a task that was asked for again later, the later one.',
  query: Type.Object({ asset_id: IdText }),
  reply: Type.Object({
    asset_id: Type.String(),
    workflow_name: Type.Optional(
      Type.String({ description: 'As it was when the asset was made. Absent: it was made without one.' }),
    ),
    state: Type.Optional(oneOf(['running', 'succeeded', 'failed'])),
    tasks: Type.Array(Result),
  }),
  successStatus: 200,
  async handle({ query }, { core, projectId }) {
    const { asset, results } = await core.catalog.showWorkflowRun(projectId, query.asset_id)
    return {
      asset_id: asset.id,
      ...(asset.workflow && {
        workflow_name: asset.workflow.name,
        state: wholeState(results.map(({ state }) => state)),
      }),
      tasks: results.map(({ task, state, reason, audioId }) => ({
        ...{ task: TASK_NAMES[task], state },
        ...(reason !== undefined && { reason }),
        ...(audioId && { audio_asset_id: audioId }),
      })),
    }
  },
})

/** It has ended when all of its tasks have; what could not apply is no failure. */
const wholeState = (states: readonly TaskState[]): 'running' | 'succeeded' | 'failed' => {
  if (states.some((state) => state === 'waiting' || state === 'running')) return 'running'
  return states.includes('failed') ? 'failed' : 'succeeded'
}

export const WORKFLOW_OPERATIONS: readonly AnyOperation[] = [
  createWorkflow,
  listWorkflows,
  updateWorkflow,
  deleteWorkflow,
  showAssetWorkflow,
]

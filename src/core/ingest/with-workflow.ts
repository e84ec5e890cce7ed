import { planAudio } from '../catalog/audio-plan.ts'
import { isAudioType } from '../catalog/video-type.ts'
import type { WorkflowRun, WorkflowTask } from '../catalog/workflow-run.ts'
import type { NewId } from '../shared/ids.ts'
import type { WorkflowTasks } from '../templates/workflow.ts'
import type { ChooseWorkflow } from '../templates/workflow-use-cases.ts'
import type { ImportAsset } from './use-cases.ts'

export interface WorkflowDeps {
  readonly chooseWorkflow: ChooseWorkflow
  readonly serviceBucket: string
  readonly newId: NewId
}

export type ExpandedImport = Omit<ImportAsset, 'workflowName'> & { readonly workflow?: WorkflowRun }

/**
 * The request with what its workflow does, and what the request itself says of a task in that task's place. A template group beats the
 * workflow completely, also an unknown one (decisions.md 4.10). Throws as `chooseWorkflow`.
 */
export const withWorkflow = async (
  deps: WorkflowDeps,
  { workflowName, ...command }: ImportAsset,
): Promise<ExpandedImport> => {
  if (workflowName === undefined || command.templateGroup !== undefined) return command
  const tasks = await deps.chooseWorkflow(command.projectId, workflowName)
  const { snapshots = tasks.snapshots, reviewTemplateId = tasks.reviewTemplateId } = command
  const { templateGroup = NO_TRANSCODE, audioFormat } = tasks
  return {
    ...command,
    templateGroup,
    ...(snapshots && { snapshots }),
    ...(reviewTemplateId !== undefined && { reviewTemplateId }),
    workflow: {
      name: workflowName,
      tasks: namesOf(tasks),
      // Of what is no video nothing is planned; the results say so.
      ...(audioFormat && !isAudioType(command.videoType) && { audio: planAudio(audioFormat, deps) }),
    },
  }
}

/** A workflow says all that is done: the default group does not come to it. */
const NO_TRANSCODE = 'non_transcoding_template_group'

const namesOf = (tasks: WorkflowTasks): readonly WorkflowTask[] => [
  ...(tasks.templateGroup === undefined ? [] : ['transcode' as const]),
  ...(tasks.snapshots ? ['snapshots' as const] : []),
  ...(tasks.reviewTemplateId === undefined ? [] : ['review' as const]),
  ...(tasks.audioFormat ? ['extraction' as const] : []),
]

import type { AudioFormat } from '../catalog/asset.ts'
import type { SnapshotSettings } from '../catalog/snapshots.ts'

/** What is done with an asset that names it. */
export interface Workflow {
  /** 32 hex digits. */
  readonly id: string
  /** Unlike every other of the project. */
  readonly name: string
  readonly tasks: WorkflowTasks
}

/** At least one; they run at the same time, and none waits for another. */
export interface WorkflowTasks {
  /** Name of the group by which it is transcoded. */
  readonly templateGroup?: string
  readonly snapshots?: SnapshotSettings
  readonly reviewTemplateId?: string
  /** Of the asset that is made of the sound. */
  readonly audioFormat?: AudioFormat
}

/** More than a person looks after. */
export const MOST_WORKFLOWS = 100

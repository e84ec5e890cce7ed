import type { ProjectId } from '../shared/ids.ts'

/** Whether the sources of a project are played as they are. At first they are. */
export interface SourceSwitch {
  isOn(projectId: ProjectId): Promise<boolean>
  /** At once, also for what exists. */
  turn(projectId: ProjectId, to: 'on' | 'off'): Promise<void>
}

import type { TranscodeSettings } from '../catalog/transcode-settings.ts'
import type { ProjectId } from '../shared/ids.ts'
import type { CustomGroup } from './template-group.ts'

/** The custom groups of all projects. Only the project's own exist for a call; each call is a transaction. */
export interface TemplateStore {
  /** Oldest first. */
  groups(projectId: ProjectId): Promise<readonly CustomGroup[]>
  /** The one of this name; `undefined`: the default one. */
  groupNamed(projectId: ProjectId, name: string | undefined): Promise<CustomGroup | undefined>
  /** A new default takes the place of the old one. Throws `template_group_exists` when the name is taken. */
  insertGroup(projectId: ProjectId, group: CustomGroup): Promise<void>
  /**
   * `undefined` members of the change stay as they are; workflows follow a new name. Answers `false` when there is no such group; throws as `insertGroup`, and
   * what `check` throws about the settings that would come of it: nothing is changed then.
   */
  updateGroup(projectId: ProjectId, change: GroupChange, check: CheckSettings): Promise<boolean>
  /** `false` when there is none. */
  removeGroup(projectId: ProjectId, id: string): Promise<boolean>
}

export type CheckSettings = (settings: TranscodeSettings) => void

export type GroupChange = Pick<CustomGroup, 'id'> &
  Partial<Pick<CustomGroup, 'name' | 'description' | 'isDefault'>> & {
    readonly settings?: Partial<TranscodeSettings>
    /** `null`: those that are default. */
    readonly watermarkId?: string | null
  }

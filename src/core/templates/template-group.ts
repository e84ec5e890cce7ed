import { createHash } from 'node:crypto'
import type { TranscodeSettings } from '../catalog/transcode-settings.ts'
import type { ProjectId } from '../shared/ids.ts'
import { SYSTEM_GROUPS, type SystemGroup } from './system-groups.ts'

/** What an asset may name to say how it is transcoded. */
export type TemplateGroup = CustomGroup | SystemTemplateGroup

export interface CustomGroup {
  /** 32 hex digits. */
  readonly id: string
  readonly kind: 'custom'
  /** Unlike every other group of the project, the system's included. */
  readonly name: string
  readonly description?: string
  /** Used for assets that name none; at most one of a project is. */
  readonly isDefault: boolean
  readonly settings: TranscodeSettings
  /** The watermark that it burns in; absent: whichever are default. */
  readonly watermarkId?: string
}

export interface SystemTemplateGroup {
  readonly id: string
  readonly kind: 'system'
  readonly name: SystemGroup
  /** Without a default nothing is transcoded (decisions.md 5.11). */
  readonly isDefault: false
}

/** The system groups of a project. They are in no table; their ids follow from project and name, so they never change. */
export const systemGroupsOf = (projectId: ProjectId): readonly SystemTemplateGroup[] =>
  SYSTEM_GROUPS.map((name) => ({ id: systemGroupId(projectId, name), kind: 'system', name, isDefault: false }))

export const systemGroupId = (projectId: ProjectId, name: SystemGroup): string =>
  createHash('sha256').update(`${projectId}/${name}`).digest('hex').slice(0, 32)

import { createHash } from 'node:crypto'
import type { ProjectId } from '../shared/ids.ts'
import { SYSTEM_GROUPS, type SystemGroup } from './system-groups.ts'

/** What an asset may name to say how it is transcoded. */
export interface TemplateGroup {
  /** 32 hex digits. */
  readonly id: string
  readonly name: SystemGroup
  /** Used for assets that name none. No system group is: without a default nothing is transcoded (decisions.md 5.11). */
  readonly isDefault: boolean
}

/** The system groups of a project. They are in no table; their ids follow from project and name, so they never change. */
export const systemGroupsOf = (projectId: ProjectId): readonly TemplateGroup[] =>
  SYSTEM_GROUPS.map((name) => ({ id: groupId(projectId, name), name, isDefault: false }))

const groupId = (projectId: ProjectId, name: SystemGroup): string =>
  createHash('sha256').update(`${projectId}/${name}`).digest('hex').slice(0, 32)

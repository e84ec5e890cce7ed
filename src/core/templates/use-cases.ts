import type { ProjectId } from '../shared/ids.ts'
import { systemGroupsOf, type TemplateGroup } from './template-group.ts'

export interface TemplateGroupFilter {
  /** Alone: an id overrides the other member. */
  readonly id?: string
  readonly isDefault?: boolean
}

/** What other layers may ask about templates. */
export interface TemplateUseCases {
  /** All that match; an unknown id matches none. */
  listTemplateGroups(projectId: ProjectId, filter: TemplateGroupFilter): Promise<readonly TemplateGroup[]>
}

export const templateUseCases = (): TemplateUseCases => ({
  listTemplateGroups: async (projectId, { id, isDefault }) =>
    systemGroupsOf(projectId).filter((group) =>
      id !== undefined ? group.id === id : isDefault === undefined || group.isDefault === isDefault,
    ),
})

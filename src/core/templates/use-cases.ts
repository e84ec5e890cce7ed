import { checkKeyAddress, type KeySettingsStore } from '../catalog/key-settings.ts'
import { requireEncryptable } from '../catalog/require-encryptable.ts'
import type { TranscodeSettings } from '../catalog/transcode-settings.ts'
import { assertNever } from '../shared/assert-never.ts'
import type { NewId, ProjectId } from '../shared/ids.ts'
import { DomainError, invalidField } from '../shared/problem.ts'
import { checkSizes } from './check-sizes.ts'
import { chooseMarks, requireUsable } from './choose-marks.ts'
import type { CheckSettings, GroupChange, TemplateStore } from './ports.ts'
import type { ReviewTemplateUseCases } from './review-template-use-cases.ts'
import {
  ADAPTIVE_SETTINGS,
  isSystemGroup,
  ORIGINAL_SETTINGS,
  SYSTEM_SETTINGS,
  type SystemGroup,
} from './system-groups.ts'
import { type CustomGroup, systemGroupId, systemGroupsOf, type TemplateGroup } from './template-group.ts'
import type { WatermarkStore } from './watermark-ports.ts'
import type { WatermarkUseCases } from './watermark-use-cases.ts'
import type { WorkflowUseCases } from './workflow-use-cases.ts'

export interface TemplateGroupFilter {
  /** Alone: an id overrides the other member. */
  readonly id?: string
  readonly isDefault?: boolean
}

/** What other layers may ask about templates. */
export interface TemplateUseCases extends WatermarkUseCases, ReviewTemplateUseCases, WorkflowUseCases {
  /** All that match, the system's first, then the oldest; an unknown id matches none. */
  listTemplateGroups(projectId: ProjectId, filter: TemplateGroupFilter): Promise<readonly TemplateGroup[]>
  /** Answers the id. Throws `template_group_exists`, `key_url_missing` for a group that encrypts, `watermark_not_found` and `watermark_unconfirmed` for the one that it names. */
  createTemplateGroup(projectId: ProjectId, group: Omit<CustomGroup, 'id' | 'kind'>): Promise<string>
  /** Throws as creation does, and `template_group_not_found`. Assets that were made with it stay as they are. */
  updateTemplateGroup(projectId: ProjectId, change: GroupChange): Promise<void>
  /** Throws `template_group_not_found`, also for a system group. */
  deleteTemplateGroup(projectId: ProjectId, id: string): Promise<void>
  chooseTemplate: ChooseTemplate
}

/**
 * How an asset that names this group (`undefined`: the project's default) is transcoded; no settings: not at all. Throws
 * `invalid_field` for a name that no group has, `watermark_not_found` where the group's watermark is gone.
 */
export type ChooseTemplate = (projectId: ProjectId, name: string | undefined) => Promise<ChosenTemplate>

export interface ChosenTemplate {
  readonly id?: string
  readonly name?: string
  readonly settings?: TranscodeSettings
}

interface Deps {
  readonly store: TemplateStore
  readonly newId: NewId
  readonly keySettings: Pick<KeySettingsStore, 'keySettings'>
  readonly watermarks: Pick<WatermarkStore, 'defaultWatermarks' | 'watermark'>
}

export const templateUseCases = ({
  store,
  newId,
  keySettings,
  watermarks,
}: Deps): Omit<TemplateUseCases, keyof WatermarkUseCases | keyof ReviewTemplateUseCases | keyof WorkflowUseCases> => ({
  async listTemplateGroups(projectId, { id, isDefault }) {
    const groups: readonly TemplateGroup[] = [...systemGroupsOf(projectId), ...(await store.groups(projectId))]
    return groups.filter((group) =>
      id !== undefined ? group.id === id : isDefault === undefined || group.isDefault === isDefault,
    )
  },
  async createTemplateGroup(projectId, group) {
    refuseSystemName(group.name)
    const check = await settingsCheck(keySettings, projectId)
    check(group.settings)
    await requireUsable(watermarks, projectId, group.watermarkId)
    const id = newId()
    await store.insertGroup(projectId, { ...group, id, kind: 'custom' })
    return id
  },
  async updateTemplateGroup(projectId, change) {
    if (change.name !== undefined) refuseSystemName(change.name)
    await requireUsable(watermarks, projectId, change.watermarkId)
    const found = await store.updateGroup(projectId, change, await settingsCheck(keySettings, projectId))
    if (!found) throw new DomainError({ kind: 'template_group_not_found' })
  },
  async deleteTemplateGroup(projectId, id) {
    const found = await store.removeGroup(projectId, id)
    if (!found) throw new DomainError({ kind: 'template_group_not_found' })
  },
  async chooseTemplate(projectId, name) {
    const template = await templateNamed(store, projectId, name)
    const { settings } = template
    if (!settings || settings.remux) return template
    const marks = await chooseMarks(watermarks, projectId, template.watermarkId)
    return { ...template, ...(marks.length > 0 && { settings: { ...settings, marks } }) }
  },
})

type NamedTemplate = ChosenTemplate & Pick<CustomGroup, 'watermarkId'>

const templateNamed = async (
  store: TemplateStore,
  projectId: ProjectId,
  name: string | undefined,
): Promise<NamedTemplate> => {
  if (name !== undefined && isSystemGroup(name)) return systemTemplate(projectId, name)
  const group = await store.groupNamed(projectId, name)
  if (!group && name !== undefined) throw invalidField('template_group_name', `names no template group: ${name}`)
  if (!group) return {}
  const { id, settings, watermarkId } = group
  return { id, name: group.name, settings, ...(watermarkId !== undefined && { watermarkId }) }
}

const systemTemplate = (projectId: ProjectId, name: SystemGroup): ChosenTemplate => {
  const id = systemGroupId(projectId, name)
  if (name === 'non_transcoding_template_group') return { id, name }
  if (name === 'system_template_group') return { id, name, settings: SYSTEM_SETTINGS }
  if (name === 'adaptive_template_group') return { id, name, settings: ADAPTIVE_SETTINGS }
  if (name === 'original_template_group') return { id, name, settings: ORIGINAL_SETTINGS }
  return assertNever(name)
}

/** What a whole group must be, whichever part of it a call names. */
const settingsCheck = async (store: Deps['keySettings'], projectId: ProjectId): Promise<CheckSettings> => {
  const keys = await store.keySettings(projectId)
  return (settings) => {
    checkSizes(settings)
    if (!settings.encrypt) return
    requireEncryptable(settings.outputs, invalidField('auto_encrypt', 'needs an output of HLS'))
    checkKeyAddress(keys)
  }
}

const refuseSystemName = (name: string): void => {
  if (isSystemGroup(name)) throw new DomainError({ kind: 'template_group_exists' })
}

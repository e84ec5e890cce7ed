import { type NewId, parseProjectId } from '../shared/ids.ts'
import { DomainError } from '../shared/problem.ts'
import type { Project, WeightedProject } from './account.ts'
import { requireName } from './name.ts'
import type { AccountStore, Listed, ListPage } from './ports.ts'

export interface ProjectDeps {
  readonly accounts: AccountStore
  readonly newId: NewId
}

/** Throws `invalid_field`, and `conflict` when the name is taken. */
export const addProject =
  ({ accounts, newId }: ProjectDeps) =>
  async (name: string): Promise<Project> => {
    requireName('name', name)
    const id = parseProjectId(newId())
    if (!id) throw new Error('newId must give 32 hex digits')
    const outcome = await accounts.insertProject({ id, name })
    if (outcome === 'name_taken') {
      throw new DomainError({ kind: 'conflict', what: `there is a project named ${name} already` })
    }
    return { id, name }
  }

export const listProjects =
  ({ accounts }: ProjectDeps) =>
  (page: ListPage): Promise<Listed<WeightedProject>> =>
    accounts.listProjects(page)

/** Throws `not_found`, and `conflict` while it has assets. Its buckets are free afterwards. */
export const removeProject =
  ({ accounts }: ProjectDeps) =>
  async (name: string): Promise<void> => {
    const outcome = await accounts.removeProject(name)
    if (outcome === 'absent') throw new DomainError({ kind: 'not_found', what: `project ${name}` })
    if (outcome === 'in_use') throw new DomainError({ kind: 'conflict', what: `project ${name} still has assets` })
  }

/** What the project gets of the workers while others wait, too; for work that begins afterwards. Throws `not_found`. */
export const setWeight =
  ({ accounts }: ProjectDeps) =>
  async (projectName: string, weight: number): Promise<void> => {
    if ((await accounts.setWeight(projectName, weight)) === 'set') return
    throw new DomainError({ kind: 'not_found', what: `project ${projectName}` })
  }

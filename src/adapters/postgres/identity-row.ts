import type { ExpressionBuilder } from 'kysely'
import { jsonArrayFrom } from 'kysely/helpers/postgres'
import type { Identity, Project } from '../../core/auth/account.ts'
import type { UserId } from '../../core/shared/ids.ts'
import type { DB } from './schema.generated.ts'

/** The user with their projects, in the same statement: it runs at every request. */
export const identityColumns = (eb: ExpressionBuilder<DB, 'account'>) => [
  'account.id' as const,
  'account.name' as const,
  'account.role' as const,
  'account.enabled' as const,
  'account.token_epoch' as const,
  'account.created_at' as const,
  jsonArrayFrom(
    eb
      .selectFrom('project_member')
      .innerJoin('project', 'project.id', 'project_member.project_id')
      .select(['project.id', 'project.name'])
      .whereRef('project_member.account_id', '=', 'account.id')
      .orderBy('project.name'),
  ).as('projects'),
]

interface IdentityRow {
  readonly id: string
  readonly name: string
  readonly role: string
  readonly enabled: boolean
  readonly token_epoch: number
  readonly created_at: Date
  readonly projects: readonly { readonly id: string; readonly name: string }[]
}

/** The schema's checks and `char(32)` stand behind these casts. */
export const toIdentity = (row: IdentityRow): Identity => ({
  id: row.id as UserId,
  name: row.name,
  role: row.role as Identity['role'],
  enabled: row.enabled,
  tokenEpoch: row.token_epoch,
  createdAt: row.created_at,
  projects: row.projects.map(toProject),
})

export const toProject = (row: { readonly id: string; readonly name: string }): Project => ({
  id: row.id as Project['id'],
  name: row.name,
})

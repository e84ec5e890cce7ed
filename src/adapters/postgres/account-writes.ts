import { type Kysely, sql } from 'kysely'
import type { AccountChange, NewAccount } from '../../core/auth/ports.ts'
import type { DB } from './schema.generated.ts'

/** Relies on the unique name, and on the foreign key of `project_member`. */
export const insertAccount = (db: Kysely<DB>, account: NewAccount): Promise<'inserted' | 'name_taken' | 'no_project'> =>
  db.transaction().execute(async (tx) => {
    const projectIds = [...new Set(account.projectIds)]
    const inserted = await tx
      .insertInto('account')
      .values({ id: account.id, name: account.name, password_hash: account.passwordHash, role: account.role })
      .onConflict((conflict) => conflict.column('name').doNothing())
      .returning('id')
      .executeTakeFirst()
    if (!inserted) return 'name_taken'
    if (projectIds.length === 0) return 'inserted'
    const members = await tx
      .insertInto('project_member')
      .columns(['account_id', 'project_id'])
      .expression((eb) =>
        eb
          .selectFrom('project')
          .select([eb.val<string>(account.id).as('account_id'), 'project.id'])
          .where('project.id', 'in', projectIds),
      )
      .returning('project_id')
      .execute()
    if (members.length === projectIds.length) return 'inserted'
    await tx.deleteFrom('account').where('id', '=', account.id).execute()
    return 'no_project'
  })

export const removeAccount = (db: Kysely<DB>, name: string): Promise<'removed' | 'absent' | 'last_operator'> =>
  db.transaction().execute(async (tx) => {
    if (await isLastOperator(tx, name)) return 'last_operator'
    const removed = await tx.deleteFrom('account').where('name', '=', name).returning('id').executeTakeFirst()
    return removed ? 'removed' : 'absent'
  })

export const updateAccount = (
  db: Kysely<DB>,
  name: string,
  change: AccountChange,
): Promise<'changed' | 'absent' | 'last_operator'> =>
  db.transaction().execute(async (tx) => {
    const disabling = 'enabled' in change && !change.enabled
    if (disabling && (await isLastOperator(tx, name))) return 'last_operator'
    const changed = await tx
      .updateTable('account')
      .set('enabled' in change ? { enabled: change.enabled } : { password_hash: change.passwordHash })
      .set({ token_epoch: sql`token_epoch + 1` })
      .where('name', '=', name)
      .returning('id')
      .executeTakeFirst()
    return changed ? 'changed' : 'absent'
  })

interface Membership {
  readonly userName: string
  readonly projectName: string
  readonly membership: 'assigned' | 'unassigned'
}

export const setMembership = (
  db: Kysely<DB>,
  { userName, projectName, membership }: Membership,
): Promise<'done' | 'no_user' | 'no_project'> =>
  db.transaction().execute(async (tx) => {
    // Locked, so that the epoch is raised for the change that really happened and the project cannot vanish meanwhile.
    const account = await tx
      .selectFrom('account')
      .select('id')
      .where('name', '=', userName)
      .forUpdate()
      .executeTakeFirst()
    if (!account) return 'no_user'
    const project = await tx
      .selectFrom('project')
      .select('id')
      .where('name', '=', projectName)
      .forKeyShare()
      .executeTakeFirst()
    if (!project) return 'no_project'
    const member = { account_id: account.id, project_id: project.id }
    const changed =
      membership === 'assigned'
        ? await tx
            .insertInto('project_member')
            .values(member)
            .onConflict((conflict) => conflict.doNothing())
            .returning('account_id')
            .execute()
        : await tx
            .deleteFrom('project_member')
            .where('account_id', '=', account.id)
            .where('project_id', '=', project.id)
            .returning('account_id')
            .execute()
    if (changed.length > 0) await raiseEpoch(tx, account.id)
    return 'done'
  })

const raiseEpoch = async (tx: Kysely<DB>, accountId: string): Promise<void> => {
  await tx.updateTable('account').set({ token_epoch: sql`token_epoch + 1` }).where('id', '=', accountId).execute()
}

/** Locks all operators who are enabled, in one order: of two that are removed at once the second sees the first gone. */
const isLastOperator = async (tx: Kysely<DB>, name: string): Promise<boolean> => {
  const operators = await tx
    .selectFrom('account')
    .select('name')
    .where('role', '=', 'operator')
    .where('enabled', '=', true)
    .orderBy('id')
    .forUpdate()
    .execute()
  return operators.length === 1 && operators[0]?.name === name
}

import { type Kysely, sql } from 'kysely'
import { MAX_KEYS_PER_USER } from '../../core/auth/account.ts'
import type { AccountStore } from '../../core/auth/ports.ts'
import type { UserId } from '../../core/shared/ids.ts'
import { insertAccount, removeAccount, setMembership, updateAccount } from './account-writes.ts'
import { existingStart, firstStart } from './first-start.ts'
import { identityColumns, toIdentity, toProject } from './identity-row.ts'
import { insertProject, removeProject } from './project-writes.ts'
import type { DB } from './schema.generated.ts'

export const accountStore = (db: Kysely<DB>): AccountStore => ({
  ...lookups(db),
  ...lists(db),
  ...keys(db),
  insertAccount: (account) => insertAccount(db, account),
  removeAccount: (name) => removeAccount(db, name),
  updateAccount: (name, change) => updateAccount(db, name, change),
  setMembership: (userName, projectName, membership) => setMembership(db, { userName, projectName, membership }),
  insertProject: (project) => insertProject(db, project),
  removeProject: (name) => removeProject(db, name),
  existingStart: (projectName) => existingStart(db, projectName),
  firstStart: (start) => firstStart(db, start),
})

const lookups = (db: Kysely<DB>): Pick<AccountStore, 'keyHolder' | 'identity' | 'account'> => ({
  async keyHolder(access) {
    const row = await db
      .selectFrom('access_key')
      .innerJoin('account', 'account.id', 'access_key.account_id')
      .select(identityColumns)
      .select('access_key.secret_sealed')
      .where('access', '=', access)
      .executeTakeFirst()
    return row && { identity: toIdentity(row), secretSealed: row.secret_sealed }
  },
  async identity(id) {
    const row = await db.selectFrom('account').select(identityColumns).where('account.id', '=', id).executeTakeFirst()
    return row && toIdentity(row)
  },
  async account(name) {
    const row = await db
      .selectFrom('account')
      .select(identityColumns)
      .select('account.password_hash')
      .where('account.name', '=', name)
      .executeTakeFirst()
    return row && { identity: toIdentity(row), passwordHash: row.password_hash }
  },
})

const lists = (db: Kysely<DB>): Pick<AccountStore, 'listAccounts' | 'listProjects'> => ({
  async listAccounts({ page, size }) {
    const rows = await db
      .selectFrom('account')
      .select(identityColumns)
      .orderBy('account.name')
      .limit(size)
      .offset(page * size)
      .execute()
    return { items: rows.map(toIdentity), total: await countRows(db, 'account') }
  },
  async listProjects({ page, size }) {
    const rows = await db
      .selectFrom('project')
      .select(['id', 'name'])
      .orderBy('name')
      .limit(size)
      .offset(page * size)
      .execute()
    return { items: rows.map(toProject), total: await countRows(db, 'project') }
  },
})

const keys = (db: Kysely<DB>): Pick<AccountStore, 'insertKey' | 'keysOf' | 'removeKey'> => ({
  async insertKey({ access, userId, secretSealed }) {
    const { numInsertedOrUpdatedRows } = await db
      .insertInto('access_key')
      .columns(['access', 'account_id', 'secret_sealed'])
      .expression(
        db
          .selectNoFrom([
            sql<string>`${access}::text`.as('access'),
            sql<string>`${userId}::text`.as('account_id'),
            sql<Buffer>`${Buffer.from(secretSealed)}::bytea`.as('secret_sealed'),
          ])
          .where(keyCount(userId), '<', MAX_KEYS_PER_USER),
      )
      .executeTakeFirstOrThrow()
    return numInsertedOrUpdatedRows === 1n ? 'inserted' : 'too_many'
  },
  async keysOf(userId) {
    const rows = await db
      .selectFrom('access_key')
      .innerJoin('account', 'account.id', 'access_key.account_id')
      .select(['access_key.access', 'account.name', 'access_key.created_at'])
      .where('account_id', '=', userId)
      .orderBy('access_key.created_at')
      .limit(MAX_KEYS_PER_USER)
      .execute()
    return rows.map(({ access, name, created_at }) => ({ access, userName: name, createdAt: created_at }))
  },
  async removeKey(access, ownerId) {
    const { numDeletedRows } = await db
      .deleteFrom('access_key')
      .where('access', '=', access)
      .$if(ownerId !== undefined, (query) => query.where('account_id', '=', ownerId ?? ''))
      .executeTakeFirstOrThrow()
    return numDeletedRows === 1n ? 'removed' : 'absent'
  },
})

const keyCount = (userId: UserId) => sql<number>`(select count(*) from access_key where account_id = ${userId})`

const countRows = async (db: Kysely<DB>, table: 'account' | 'project'): Promise<number> => {
  const { total } = await db
    .selectFrom(table)
    .select(({ fn }) => fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow()
  return total
}

import type { Kysely, Transaction } from 'kysely'
import { MAX_KEYS_PER_USER } from '../../core/auth/account.ts'
import type { AccountStore, NewAccessKey } from '../../core/auth/ports.ts'
import { insertAccount, removeAccount, setMembership, updateAccount } from './account-writes.ts'
import { existingStart, firstStart } from './first-start.ts'
import { identityColumns, toIdentity, toProject } from './identity-row.ts'
import { insertProject, removeProject, setWeight } from './project-writes.ts'
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
  setWeight: (projectName, weight) => setWeight(db, projectName, weight),
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
      .select(['id', 'name', 'weight'])
      .orderBy('name')
      .limit(size)
      .offset(page * size)
      .execute()
    const items = rows.map((row) => ({ ...toProject(row), weight: row.weight }))
    return { items, total: await countRows(db, 'project') }
  },
})

const keys = (db: Kysely<DB>): Pick<AccountStore, 'insertKey' | 'keysOf' | 'removeKey'> => ({
  insertKey: (key) => db.transaction().execute((tx) => insertKey(tx, key)),
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

const insertKey = async (tx: Transaction<DB>, { access, userId, secretSealed }: NewAccessKey) => {
  // Of several at once each counts those before it.
  await tx.selectFrom('account').select('id').where('id', '=', userId).forNoKeyUpdate().execute()
  const { keys: count } = await tx
    .selectFrom('access_key')
    .select(({ fn }) => fn.countAll<number>().as('keys'))
    .where('account_id', '=', userId)
    .executeTakeFirstOrThrow()
  if (count >= MAX_KEYS_PER_USER) return 'too_many'
  const values = { access, account_id: userId, secret_sealed: Buffer.from(secretSealed) }
  await tx.insertInto('access_key').values(values).execute()
  return 'inserted'
}

const countRows = async (db: Kysely<DB>, table: 'account' | 'project'): Promise<number> => {
  const { total } = await db
    .selectFrom(table)
    .select(({ fn }) => fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow()
  return total
}

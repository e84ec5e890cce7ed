import { type Kysely, sql } from 'kysely'
import type { ExistingStart, FirstStart } from '../../core/auth/ports.ts'
import { toProject } from './identity-row.ts'
import type { DB } from './schema.generated.ts'

/** Any number that nobody else locks in this database. */
const FIRST_START_LOCK = 7_355_608

/** In one transaction under a lock: of processes that start at once the first makes them, the others find them. */
export const firstStart = (db: Kysely<DB>, { project, account, key }: FirstStart): Promise<'made' | 'already_made'> =>
  db.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(${FIRST_START_LOCK})`.execute(tx)
    const someone = await tx.selectFrom('account').select('id').limit(1).executeTakeFirst()
    if (someone) return 'already_made'
    await tx.insertInto('project').values({ id: project.id, name: project.name }).execute()
    await tx
      .insertInto('account')
      .values({ id: account.id, name: account.name, password_hash: account.passwordHash, role: account.role })
      .execute()
    await tx.insertInto('project_member').values({ account_id: account.id, project_id: project.id }).execute()
    await tx
      .insertInto('access_key')
      .values({ access: key.access, account_id: account.id, secret_sealed: Buffer.from(key.secretSealed) })
      .execute()
    return 'made'
  })

export const existingStart = async (db: Kysely<DB>, projectName: string): Promise<ExistingStart | undefined> => {
  const someone = await db.selectFrom('account').select('id').limit(1).executeTakeFirst()
  if (!someone) return undefined
  const project = await db
    .selectFrom('project')
    .select(['id', 'name'])
    .orderBy(({ eb }) => eb('name', '=', projectName), 'desc')
    .orderBy('created_at')
    .limit(1)
    .executeTakeFirst()
  const operator = await db
    .selectFrom('account')
    .leftJoin('access_key', 'access_key.account_id', 'account.id')
    .select(['account.name', 'access_key.access', 'access_key.secret_sealed'])
    .where('account.role', '=', 'operator')
    .where('account.enabled', '=', true)
    .orderBy('account.created_at')
    .orderBy('access_key.created_at')
    .limit(1)
    .executeTakeFirst()
  const { access, secret_sealed: secretSealed } = operator ?? {}
  return {
    ...(project && { project: toProject(project) }),
    ...(operator && { userName: operator.name }),
    ...(access && secretSealed && { key: { access, secretSealed } }),
  }
}

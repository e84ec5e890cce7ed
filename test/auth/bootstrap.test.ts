import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { parseProjectId } from '../../src/core/shared/ids.ts'
import { createDatabase } from '../support/database.ts'
import { authOn, REGION } from './installation.ts'

test('of ten processes that start at once one makes the account, and all know the same key', async () => {
  await using db = await createDatabase({ max: 20 })
  const masterKey = randomBytes(32)
  const processes = Array.from({ length: 10 }, () => authOn(db, { masterKey }))
  const started = await Promise.all(processes.map((auth) => auth.bootstrap({ region: REGION })))
  expect(started.filter(({ made }) => made)).toHaveLength(1)
  expect(new Set(started.map(({ access }) => access)).size).toBe(1)
  expect(new Set(started.map(({ secret }) => secret)).size).toBe(1)
  expect(new Set(started.map(({ project }) => project?.id)).size).toBe(1)
  expect(started.filter(({ password }) => password !== undefined)).toHaveLength(1)
  const accounts = await db.kysely.selectFrom('account').select('name').execute()
  expect(accounts).toEqual([{ name: 'admin' }])
})

test('given values are used at the first start, and change nothing later', async () => {
  await using db = await createDatabase()
  const auth = authOn(db)
  const projectId = parseProjectId('0123456789abcdef0123456789abcdef')
  const given = { access: 'GIVENACCESSKEY', secret: 'given-secret', userName: 'root', password: 'given-password' }
  const first = await auth.bootstrap({ region: REGION, ...given, ...(projectId && { projectId }) })
  expect(first).toEqual({ made: true, project: { id: projectId, name: REGION }, ...given })
  const second = await auth.bootstrap({ region: REGION, access: 'ANOTHER', secret: 'x', userName: 'y', password: 'z' })
  const { password: _, ...known } = given
  expect(second).toEqual({ made: false, project: { id: projectId, name: REGION }, ...known })
  const signedIn = await auth.signIn({ userName: 'root', password: 'given-password', scope: { project: REGION } })
  expect(signedIn.kind).toBe('signed_in')
})

test('secrets are not stored as they are, and open under no other master key', async () => {
  await using db = await createDatabase()
  const { access = '', secret = '', password = '' } = await authOn(db).bootstrap({ region: REGION })
  const key = await db.kysely.selectFrom('access_key').selectAll().executeTakeFirstOrThrow()
  const account = await db.kysely.selectFrom('account').selectAll().executeTakeFirstOrThrow()
  expect(key.secret_sealed.toString('latin1')).not.toContain(secret)
  expect(account.password_hash).toMatch(/^scrypt\$32768\$8\$1\$/)
  expect(account.password_hash).not.toContain(password)
  await expect(authOn(db).lookUpAccessKey(access)).rejects.toThrow(/master key/)
})

import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { accountStore } from '../../src/adapters/postgres/accounts.ts'
import { createDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'
import { authOn, type CallOptions, type Installation, install, PASSWORD, REGION } from './installation.ts'

let site: Installation
beforeAll(async () => {
  site = await install()
})
afterAll(() => site[Symbol.asyncDispose]())

const native = async (method: string, tail: string, options?: CallOptions) => {
  const { status, body } = await site.call(method, `/telecine/v1/${site.projectId}/${tail}`, options)
  return { status, body, code: body?.error_code }
}

test('an operator adds, lists and removes users; a removed one is refused at once', async () => {
  const added = await native('POST', 'users', { body: { name: '纪录片 editor', password: PASSWORD } })
  expect([added.status, added.body]).toMatchObject([
    201,
    { name: '纪录片 editor', role: 'member', enabled: true, projects: [{ id: site.projectId, name: REGION }] },
  ])
  const key = await native('POST', 'keys', { body: { user: '纪录片 editor' } })
  const signing = { access: key.body.access_key, secret: key.body.secret_key }
  expect((await native('GET', 'buckets', { key: signing })).status).toBe(200)
  const { users, total } = (await native('GET', 'users?size=1&page=1')).body
  expect([users.map(({ name }: { name: string }) => name), total]).toEqual([['纪录片 editor'], 2])
  expect((await native('DELETE', `users?name=${encodeURIComponent('纪录片 editor')}`)).status).toBe(204)
  const refused = await native('GET', 'buckets', { key: signing })
  expect([refused.status, refused.code]).toEqual([401, 'APIGW.0301'])
})

test('names are unique and passwords not too short', async () => {
  const add = (body: object) => native('POST', 'users', { body: { name: 'dup', password: PASSWORD, ...body } })
  expect((await add({})).status).toBe(201)
  expect((await add({})).status).toBe(409)
  expect((await add({ name: 'other', password: 'seven77' })).code).toBe('VOD.10053')
  expect((await add({ name: '../x' })).code).toBe('VOD.10053')
  expect((await add({ name: 'other', project_ids: ['f'.repeat(32)] })).status).toBe(404)
  expect((await add({ name: 'other', project_ids: [] })).status, 'nothing of the refused one stayed').toBe(201)
})

test('of simultaneous users of one name one is added', async () => {
  const body = { name: 'twin', password: PASSWORD }
  const answers = await Promise.all(Array.from({ length: 4 }, () => native('POST', 'users', { body })))
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409])
})

test('members do nothing that is for operators', async () => {
  const { projectId, key } = await site.addTenant('worker')
  const calls: [string, string, object?][] = [
    ['GET', 'users'],
    ['POST', 'users', { name: 'x', password: PASSWORD }],
    ['PUT', 'users', { name: 'admin', enabled: false }],
    ['DELETE', 'users?name=admin'],
    ['PUT', 'users/password', { name: 'admin', password: PASSWORD }],
    ['PUT', 'users/projects', { name: 'worker', project: REGION }],
    ['DELETE', 'users/projects?name=admin&project=x'],
    ['GET', 'projects'],
    ['POST', 'projects', { name: 'x' }],
    ['PUT', 'projects/weight', { name: 'x', weight: 2 }],
    ['DELETE', 'projects?name=x'],
    ['POST', 'keys', { user: 'admin' }],
    ['GET', 'keys?user=admin'],
    ['POST', 'buckets', { bucket: 'x' }],
    ['PUT', 'buckets', { bucket: 'x', project: 'worker' }],
    ['DELETE', 'buckets?bucket=x'],
  ]
  for (const [method, tail, body] of calls) {
    const { status, body: answer } = await site.call(method, `/telecine/v1/${projectId}/${tail}`, { key, body })
    expect([status, answer.error_code], `${method} ${tail}`).toEqual([403, 'VOD.10074'])
  }
})

test('members manage their own keys, and nobody else their', async () => {
  const { projectId, key } = await site.addTenant('keeper')
  const keys = (method: string, query = '', options: CallOptions = {}) =>
    site.call(method, `/telecine/v1/${projectId}/keys${query}`, { key, ...options })
  const made = (await keys('POST', '', { body: {} })).body
  const fresh = { access: made.access_key, secret: made.secret_key }
  const listed = (await keys('GET', '', { key: fresh })).body.keys
  expect(listed.map((row: { access_key: string }) => row.access_key)).toEqual([key.access, fresh.access])
  expect(JSON.stringify(listed)).not.toContain(fresh.secret)
  expect((await keys('DELETE', `?access_key=${site.operator.access}`)).status).toBe(404)
  expect((await keys('DELETE', `?access_key=${fresh.access}`)).status).toBe(204)
  expect((await keys('GET', '', { key: fresh })).status).toBe(401)
})

test('a user has twenty keys at most', async () => {
  await site.addTenant('hoarder')
  const body = { user: 'hoarder' }
  for (let n = 1; n < 20; n++) expect((await native('POST', 'keys', { body })).status).toBe(201)
  expect((await native('POST', 'keys', { body })).status).toBe(409)
})

test('a user has twenty keys at most, also of sixty that are asked for at once', async () => {
  await using db = await createDatabase({ max: 40 })
  const { userName = '' } = await authOn(db).bootstrap({ region: REGION })
  const store = accountStore(db.kysely)
  const account = await store.account(userName)
  if (!account) throw new Error('the first start made no account')
  const { id: userId } = account.identity
  const accesses = Array.from({ length: 60 }, (_, n) => `SIMULTANEOUS${n}`)
  const insertAll = () =>
    Promise.all(accesses.map((access) => store.insertKey({ access, userId, secretSealed: Buffer.from('sealed') })))
  // All are on their way before the first may end.
  const inserting = await db.kysely.transaction().execute(async (tx) => {
    await sql`select from account where id = ${userId} for update`.execute(tx)
    const outcomes = insertAll()
    await until('many inserts wait', async () => {
      const { rows } = await sql<{ waiting: number }>`
        select count(*)::int as waiting from pg_locks where not granted
      `.execute(tx)
      return Number(rows[0]?.waiting) >= 30
    })
    return { outcomes }
  })
  const outcomes = await inserting.outcomes
  expect(outcomes.filter((outcome) => outcome === 'inserted')).toHaveLength(19)
  const rows = await db.kysely.selectFrom('access_key').select('access').execute()
  expect(new Set(rows.map(({ access }) => access))).toEqual(
    new Set((await store.keysOf(userId)).map(({ access }) => access)),
  )
})

test('an own password needs the current one; an operator sets any', async () => {
  const { projectId, key } = await site.addTenant('forgetful')
  const set = (body: object) => site.call('PUT', `/telecine/v1/${projectId}/users/password`, { key, body })
  expect((await set({ password: 'new password' })).body.error_code).toBe('VOD.10053')
  expect((await set({ password: 'new password', current_password: 'wrong' })).status).toBe(403)
  expect((await native('PUT', 'users/password', { body: { name: 'forgetful', password: 'by operator' } })).status).toBe(
    204,
  )
  await site.signIn('forgetful', 'by operator', 'forgetful')
  expect((await native('PUT', 'users/password', { body: { name: 'nobody', password: 'by operator' } })).status).toBe(
    404,
  )
})

test('assigning opens a project and ends the tokens of before; repeats change nothing', async () => {
  const { projectId } = await site.addTenant('hopper')
  await native('POST', 'projects', { body: { name: 'annex' } })
  const before = await site.signIn('hopper', PASSWORD, 'hopper')
  const assign = () => native('PUT', 'users/projects', { body: { name: 'hopper', project: 'annex' } })
  expect((await assign()).status).toBe(204)
  expect((await native('GET', 'buckets', { token: before })).code).toBe('APIGW.0307')
  const token = await site.signIn('hopper', PASSWORD, 'annex')
  expect((await assign()).status).toBe(204)
  const own = await site.call('GET', '/v3/projects', { token })
  expect(own.body.projects.map(({ name }: { name: string }) => name)).toEqual(['annex', 'hopper'])
  expect((await native('DELETE', 'users/projects?name=hopper&project=annex')).status).toBe(204)
  expect((await site.call('GET', '/v3/projects', { token })).status).toBe(401)
  await expect(site.signIn('hopper', PASSWORD, 'annex')).rejects.toThrow(/not assigned/)
  expect((await native('PUT', 'users/projects', { body: { name: 'nobody', project: 'annex' } })).status).toBe(404)
  expect((await native('PUT', 'users/projects', { body: { name: 'hopper', project: 'none' } })).status).toBe(404)
  expect(projectId).not.toBe(site.projectId)
})

test('the last operator who is enabled stays, also when two are removed at once', async () => {
  expect((await native('DELETE', 'users?name=admin')).status).toBe(409)
  expect((await native('PUT', 'users', { body: { name: 'admin', enabled: false } })).status).toBe(409)
  for (const name of ['op1', 'op2']) {
    await native('POST', 'users', { body: { name, password: PASSWORD, role: 'operator' } })
  }
  const outcomes = await Promise.allSettled(
    ['admin', 'op1', 'op2'].map((name) => site.auth.setUserEnabled(name, false)),
  )
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(2)
  const left = await site.db.kysely
    .selectFrom('account')
    .select('name')
    .where('role', '=', 'operator')
    .where('enabled', '=', true)
    .execute()
  expect(left).toHaveLength(1)
  await site.auth.setUserEnabled('admin', true)
})

test('a project is removed when nothing lives in it any more', async () => {
  const { projectId } = await site.addTenant('ending')
  const asset = {
    id: 'a'.repeat(32),
    project_id: projectId,
    title: 't',
    video_type: 'MP4',
    video_name: 'v.mp4',
    source_bucket: 'b',
    source_key: 'v.mp4',
    source_size: 1,
    source_etag: 'e',
    stored_key: 'k',
    ingest_state: 'created',
  }
  await site.db.kysely.insertInto('asset').values(asset).execute()
  expect((await native('DELETE', 'projects?name=ending')).status).toBe(409)
  await site.db.kysely.updateTable('asset').set({ ingest_state: 'deleted' }).where('id', '=', asset.id).execute()
  expect((await native('DELETE', 'projects?name=ending')).status).toBe(204)
  expect((await native('DELETE', 'projects?name=ending')).status).toBe(404)
})

test('the weight of a project is 1 to 12, and of a project that there is', async () => {
  await native('POST', 'projects', { body: { name: 'weighty' } })
  const weigh = (weight: unknown, name = 'weighty') => native('PUT', 'projects/weight', { body: { name, weight } })
  for (const weight of [0, 13, 1.5, 'much', undefined]) expect((await weigh(weight)).status).toBe(400)
  expect((await weigh(2, 'nobody')).status).toBe(404)
  expect((await weigh(12)).status).toBe(204)
  const { projects } = (await native('GET', 'projects')).body
  expect(projects.find(({ name }: { name: string }) => name === 'weighty')?.weight).toBe(12)
})

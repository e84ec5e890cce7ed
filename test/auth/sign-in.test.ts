import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Installation, install, PASSWORD, REGION, signInBody } from './installation.ts'

let site: Installation
beforeAll(async () => {
  site = await install()
})
afterAll(() => site[Symbol.asyncDispose]())

const project = { project: { name: REGION } }
const tokens = (body: object | string) => site.call('POST', '/v3/auth/tokens', { body })
const projectPath = (tail: string) => `/telecine/v1/${site.projectId}/${tail}`

test('a password gives a token of 24 hours in X-Subject-Token, in the body that SDKs expect', async () => {
  const answer = await tokens(signInBody('admin', PASSWORD, project))
  expect(answer.status).toBe(201)
  expect(answer.headers.get('x-subject-token')).toMatch(/^[\w-]{100,}$/)
  const { token } = answer.body
  expect(token).toMatchObject({
    methods: ['password'],
    user: { name: 'admin', password_expires_at: '', domain: { name: 'telecine' } },
    project: { id: site.projectId, name: REGION, domain: { name: 'telecine' } },
    roles: [{ id: '0', name: 'te_admin' }],
    catalog: [],
  })
  expect(token.issued_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
  expect(Date.parse(token.expires_at) - Date.parse(token.issued_at)).toBe(24 * 3_600_000)
})

test('a project is named by name or id, with or without its domain', async () => {
  const scopes = [{ name: REGION }, { id: site.projectId }, { name: REGION, domain: { name: 'telecine' } }]
  for (const scope of scopes) {
    const answer = await tokens(signInBody('admin', PASSWORD, { project: scope }))
    expect([answer.status, answer.body.token.project.id]).toEqual([201, site.projectId])
  }
})

test('a token of domain scope signs in but is good for no project', async () => {
  const answer = await tokens(signInBody('admin', PASSWORD, { domain: { name: 'telecine' } }))
  expect(answer.body.token).toMatchObject({ domain: { name: 'telecine' } })
  expect(answer.body.token).not.toHaveProperty('project')
  const token = answer.headers.get('x-subject-token') ?? ''
  const refused = await site.call('GET', projectPath('buckets'), { token })
  expect([refused.status, refused.body.error_code]).toEqual([403, 'VOD.10057'])
  expect((await site.call('GET', '/v3/auth/domains', { token })).status).toBe(200)
})

test.each([
  ['no JSON', 'x'],
  ['no scope', { auth: { identity: signInBody('admin', PASSWORD, {}).auth.identity } }],
  ['other methods', { auth: { ...signInBody('admin', PASSWORD, project).auth, identity: { methods: ['token'] } } }],
])('a body that is wrong is refused in the words of the identity service: %s', async (_, body) => {
  const answer = await tokens(body)
  expect([answer.status, answer.body]).toEqual([
    400,
    { error: { code: 400, message: 'The request body is invalid', title: 'Bad Request' } },
  ])
})

test('wrong password, user, domain and project are refused', async () => {
  const wrong = { error: { code: 401, message: 'The username or password is wrong.', title: 'Unauthorized' } }
  const attempts = [
    signInBody('admin', 'wrong', project),
    signInBody('nobody', PASSWORD, project),
    signInBody({ name: 'admin', domain: 'acme' }, PASSWORD, project),
  ]
  for (const body of attempts) {
    const answer = await tokens(body)
    expect([answer.status, answer.body]).toEqual([401, wrong])
  }
  const noProject = await tokens(signInBody('admin', PASSWORD, { project: { name: 'other' } }))
  expect(noProject.status).toBe(401)
  expect(noProject.headers.get('x-subject-token')).toBeNull()
})

test('more than five wrong passwords in a row lock the user out for five minutes, even with the right one', async () => {
  await site.addTenant('locked')
  const attempt = (password: string) => tokens(signInBody('locked', password, { project: { name: 'locked' } }))
  const wrong = await Promise.all(Array.from({ length: 8 }, () => attempt('wrong')))
  expect(wrong.map(({ status }) => status).sort()).toEqual([401, 401, 401, 401, 401, 401, 429, 429])
  const locked = await attempt(PASSWORD)
  expect(locked.status).toBe(429)
  expect(locked.body.error).toMatchObject({ code: 429, title: 'Too Many Requests' })
  expect(Number(locked.headers.get('retry-after'))).toBeGreaterThan(200)
  expect((await tokens(signInBody('admin', PASSWORD, project))).status).toBe(201)
  site.clock.nowMs += 5 * 60_000
  expect((await attempt(PASSWORD)).status).toBe(201)
})

test('one address has so many sign-ins a minute', async () => {
  site.clock.nowMs += 60_000
  const unknown = Array.from({ length: 35 }, (_, n) => tokens(signInBody(`stranger-${n}`, 'x', project)))
  const statuses = (await Promise.all(unknown)).map(({ status }) => status)
  expect(statuses.filter((status) => status === 401)).toHaveLength(30)
  expect(statuses.filter((status) => status === 429)).toHaveLength(5)
  site.clock.nowMs += 60_000
  expect((await tokens(signInBody('admin', PASSWORD, project))).status).toBe(201)
})

test('temporary keys sign within their time, scope and token', async () => {
  const token = await site.signIn('admin', PASSWORD)
  const body = { auth: { identity: { methods: ['token'], token: { duration_seconds: 3600 } } } }
  const issued = await site.call('POST', '/v3.0/OS-CREDENTIAL/securitytokens', { token, body })
  expect(issued.status).toBe(201)
  const { access, secret, securitytoken, expires_at } = issued.body.credential
  expect(Date.parse(expires_at)).toBe(site.clock.nowMs + 3_600_000)
  const key = { access, secret, securityToken: securitytoken }
  const list = (signing: typeof key | { access: string; secret: string }) =>
    site.call('GET', projectPath('buckets'), { key: signing })
  expect((await list(key)).status).toBe(200)
  expect((await list({ access, secret })).body.error_msg).toContain(`ak ${access} not exist`)
  expect((await list({ ...key, access: site.operator.access })).status).toBe(401)
  expect((await list({ ...key, secret: site.operator.secret })).status).toBe(401)
  expect((await site.call('POST', projectPath('keys'), { key, body: {} })).status).toBe(403)
  site.clock.nowMs += 3_600_000
  expect((await list(key)).body).toMatchObject({ error_code: 'APIGW.0301' })
})

test("an operator's temporary key does nothing that lasts, and sees no more than its own project", async () => {
  const token = await site.signIn('admin', PASSWORD)
  const body = { auth: { identity: { methods: ['token'] } } }
  const { access, secret, securitytoken } = (
    await site.call('POST', '/v3.0/OS-CREDENTIAL/securitytokens', { token, body })
  ).body.credential
  const key = { access, secret, securityToken: securitytoken }
  const { key: lasting } = await site.addTenant('lender')
  const statusOf = async (method: string, target: string, sent?: object) =>
    (await site.call(method, target, { key, body: sent })).status
  expect(await statusOf('DELETE', projectPath(`keys?access_key=${lasting.access}`))).toBe(403)
  expect(await statusOf('DELETE', projectPath(`keys?access_key=${site.operator.access}`))).toBe(403)
  expect(await statusOf('GET', projectPath('keys?user=lender'))).toBe(403)
  expect(await statusOf('GET', projectPath('buckets?all=1'))).toBe(403)
  expect(await statusOf('POST', '/v3/projects', { project: { name: 'ap-south-7' } })).toBe(403)
  const { items } = await site.auth.listProjects({ page: 0, size: 100 })
  expect(items.map(({ name }) => name)).not.toContain('ap-south-7')
  expect((await site.call('GET', projectPath('keys?user=lender'))).body.keys).toHaveLength(1)
  // What SDKs do by themselves with temporary keys.
  expect(await statusOf('GET', `/v3/projects?name=${REGION}`)).toBe(200)
  expect(await statusOf('POST', '/v3/projects', { project: { name: REGION } })).toBe(201)
  expect(await statusOf('GET', projectPath('keys'))).toBe(200)
})

test.each([
  [899, 400],
  [86_401, 400],
  [undefined, 201],
])('a temporary key lives 900 to 86,400 seconds: %s', async (duration_seconds, status) => {
  const token = await site.signIn('admin', PASSWORD)
  const body = { auth: { identity: { methods: ['token'], token: { duration_seconds } } } }
  const answer = await site.call('POST', '/v3.0/OS-CREDENTIAL/securitytokens', { token, body })
  expect(answer.status).toBe(status)
})

test('a policy that would narrow a temporary key is refused, not ignored', async () => {
  const token = await site.signIn('admin', PASSWORD)
  const body = { auth: { identity: { methods: ['token'], policy: { Version: '1.1', Statement: [] } } } }
  const answer = await site.call('POST', '/v3.0/OS-CREDENTIAL/securitytokens', { token, body })
  expect([answer.status, answer.body.error.code]).toEqual([400, 400])
})

test('the lookups of SDKs and Terraform, signed with a body on GET', async () => {
  const get = async (target: string) => (await site.call('GET', target)).body
  expect(await get(`/v3/projects?name=${REGION}`)).toMatchObject({
    projects: [{ id: site.projectId, name: REGION, is_domain: false, enabled: true }],
  })
  expect((await get('/v3/projects?name=eu-west-0')).projects).toEqual([])
  expect((await get('/v3/regions')).regions).toMatchObject([{ id: REGION, type: 'public' }])
  expect((await get('/v3/auth/domains')).domains).toMatchObject([{ name: 'telecine', enabled: true }])
  expect((await get('/v3/users?name=admin')).users).toMatchObject([{ name: 'admin' }])
  expect((await get('/v3/users?name=locked')).users).toEqual([])
})

test('a member sees their own projects only, and makes none', async () => {
  const { key, projectId } = await site.addTenant('studio')
  const own = await site.call('GET', '/v3/projects', { key })
  expect(own.body.projects.map(({ id }: { id: string }) => id)).toEqual([projectId])
  const refused = await site.call('POST', '/v3/projects', { key, body: { project: { name: 'eu-west-0' } } })
  expect([refused.status, refused.body.error.code]).toEqual([403, 403])
})

test('an operator gets a project of a name: the one there is, or a new one', async () => {
  const make = (name: string) => site.call('POST', '/v3/projects', { body: { project: { name, domain_id: 'x' } } })
  expect((await make(REGION)).body.project.id).toBe(site.projectId)
  const fresh = await make('eu-west-0')
  expect([fresh.status, fresh.body.project.name]).toEqual([201, 'eu-west-0'])
  expect((await site.call('GET', '/v3/projects?name=eu-west-0')).body.projects).toHaveLength(1)
  await site.addTenant('taken')
  expect((await make('taken')).status).toBe(409)
})

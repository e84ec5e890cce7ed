import { afterAll, beforeAll, expect, test } from 'vitest'
import { formatSdkDate } from '../../src/wire/signing/sdk-date.ts'
import { signRequest } from '../../src/wire/signing/sign-request.ts'
import { type Installation, install, PASSWORD } from './installation.ts'

let site: Installation
beforeAll(async () => {
  site = await install()
})
afterAll(() => site[Symbol.asyncDispose]())

const buckets = (projectId: string = site.projectId) => `/telecine/v1/${projectId}/buckets`
const INCORRECT = 'Incorrect IAM authentication information: '

test('each way to fail has the code and words that clients match on', async () => {
  const refusal = async (options: Parameters<Installation['call']>[2]) => {
    const { status, body, headers } = await site.call('GET', buckets(), options)
    expect(body.request_id).toBe(headers.get('x-request-id'))
    return [status, body.error_code, body.error_msg]
  }
  const nothing = await fetch(`${site.served.url}${buckets()}`)
  expect([nothing.status, await nothing.json()]).toMatchObject([
    401,
    { error_code: 'APIGW.0301', error_msg: `${INCORRECT}x-auth-token not found` },
  ])
  const { access, secret } = site.operator
  expect(await refusal({ key: { access, secret: 'wrong' } })).toEqual([
    401,
    'APIGW.0301',
    `${INCORRECT}verify aksk signature fail`,
  ])
  expect(await refusal({ key: { access: 'NOSUCHKEY', secret } })).toEqual([
    401,
    'APIGW.0301',
    `${INCORRECT}ak NOSUCHKEY not exist`,
  ])
  expect(await refusal({ token: 'not-one-of-ours' })).toEqual([401, 'APIGW.0301', `${INCORRECT}decrypt token fail`])
})

test('a date that is 16 minutes off is refused as an expired signature', async () => {
  const headers = { host: new URL(site.served.url).host }
  const target = buckets()
  const late = new Date(site.clock.nowMs - 16 * 60_000)
  const signed = signRequest({ method: 'GET', target, headers, body: Buffer.alloc(0) }, site.operator, late)
  const answer = await fetch(`${site.served.url}${target}`, { headers: signed })
  expect([answer.status, await answer.json()]).toMatchObject([
    401,
    {
      error_code: 'APIGW.0301',
      error_msg: expect.stringContaining(
        `verify aksk signature fail, signature expired, signature time:${formatSdkDate(late)},server time:`,
      ),
    },
  ])
})

test('a key that failed more than five times in a row is locked for five minutes, the right signature included', async () => {
  const { key } = await site.addTenant('careless')
  const target = '/v3/projects'
  const attempt = async (secret: string) => (await site.call('GET', target, { key: { ...key, secret } })).body.error_msg
  for (let n = 0; n < 5; n++) expect(await attempt('wrong')).toBe(`${INCORRECT}verify aksk signature fail`)
  expect(await attempt(key.secret), 'five are forgiven').toBeUndefined()
  for (let n = 0; n < 6; n++) expect(await attempt('wrong')).toBe(`${INCORRECT}verify aksk signature fail`)
  expect(await attempt(key.secret)).toBe(`${INCORRECT}AK access failed to reach the limit,forbidden`)
  expect((await site.call('GET', buckets())).status, 'other keys are not').toBe(200)
  site.clock.nowMs += 5 * 60_000
  expect(await attempt(key.secret)).toBeUndefined()
})

test('a token may also come in the header Authorization, and is checked as any', async () => {
  const ask = async (authorization: string) => {
    const answer = await fetch(`${site.served.url}${buckets()}`, { headers: { authorization } })
    return `${answer.status} ${Object(await answer.json()).error_msg}`
  }
  expect(await ask(`Bearer ${await site.signIn('admin', PASSWORD)}`)).toBe('200 undefined')
  expect(await ask('Bearer not-one-of-ours')).toBe(`401 ${INCORRECT}decrypt token fail`)
  expect(await ask('Bearer')).toContain('401')
})

test('a token ends after 24 hours', async () => {
  const token = await site.signIn('admin', PASSWORD)
  site.clock.nowMs += 24 * 3_600_000 - 1
  expect((await site.call('GET', buckets(), { token })).status).toBe(200)
  site.clock.nowMs += 1
  expect((await site.call('GET', buckets(), { token })).body).toMatchObject({
    error_code: 'APIGW.0307',
    error_msg: 'The token must be updated.',
  })
})

test('a new password ends the tokens of before at once; keys stay', async () => {
  const { projectId, key } = await site.addTenant('changing')
  const token = await site.signIn('changing', PASSWORD, 'changing')
  const body = { password: 'another password', current_password: PASSWORD }
  const change = await site.call('PUT', `/telecine/v1/${projectId}/users/password`, { token, body })
  expect(change.status).toBe(204)
  const after = await site.call('GET', buckets(projectId), { token })
  expect([after.status, after.body.error_code]).toEqual([401, 'APIGW.0307'])
  expect((await site.call('GET', buckets(projectId), { key })).status).toBe(200)
  await expect(site.signIn('changing', PASSWORD, 'changing')).rejects.toThrow(/wrong/)
  const fresh = await site.signIn('changing', 'another password', 'changing')
  expect((await site.call('GET', buckets(projectId), { token: fresh })).status).toBe(200)
})

test('a disabled user is barred by key, token and password, and enabled again has no old token', async () => {
  const { projectId, key } = await site.addTenant('barred')
  const token = await site.signIn('barred', PASSWORD, 'barred')
  const enable = (enabled: boolean) =>
    site.call('PUT', `/telecine/v1/${site.projectId}/users`, { body: { name: 'barred', enabled } })
  expect((await enable(false)).status).toBe(204)
  const byKey = await site.call('GET', buckets(projectId), { key })
  expect([byKey.status, byKey.body.error_code]).toEqual([403, 'APIGW.0302'])
  expect((await site.call('GET', buckets(projectId), { token })).body.error_code).toBe('APIGW.0307')
  await expect(site.signIn('barred', PASSWORD, 'barred')).rejects.toThrow(/wrong/)
  await enable(true)
  expect((await site.call('GET', buckets(projectId), { key })).status).toBe(200)
  expect((await site.call('GET', buckets(projectId), { token })).body.error_code).toBe('APIGW.0307')
})

test('one project is closed to the credentials of another, whatever names it', async () => {
  const one = await site.addTenant('one')
  const two = await site.addTenant('two')
  const token = await site.signIn('one', PASSWORD, 'one')
  const refused = async (projectId: string, options: Parameters<Installation['call']>[2]) => {
    const { status, body } = await site.call('GET', buckets(projectId), options)
    expect([status, body.error_code]).toEqual([403, 'VOD.10057'])
  }
  await refused(two.projectId, { key: one.key })
  await refused(two.projectId, { token })
  await refused('f'.repeat(32), { key: one.key })
  await refused('no-project', { key: one.key })
  const headers = { 'x-project-id': two.projectId }
  await refused(one.projectId, { key: one.key, headers })
  await refused(one.projectId, { token, headers })
  await refused(two.projectId, { key: one.key, headers })
  await refused(two.projectId, { key: site.operator })
  const own = await site.call('GET', buckets(one.projectId), {
    key: one.key,
    headers: { 'x-project-id': one.projectId },
  })
  expect(own.status).toBe(200)
})

test('a temporary key of one project opens no other of the same user', async () => {
  await site.auth.addProject('second home')
  const { projectId } = await site.addTenant('roamer')
  await site.auth.setMembership('roamer', 'second home', 'assigned')
  const token = await site.signIn('roamer', PASSWORD, 'roamer')
  const body = { auth: { identity: { methods: ['token'] } } }
  const { credential } = (await site.call('POST', '/v3.0/OS-CREDENTIAL/securitytokens', { token, body })).body
  const key = { access: credential.access, secret: credential.secret, securityToken: credential.securitytoken }
  const { projects } = (await site.call('GET', '/v3/projects', { key })).body
  const other = projects.find(({ id }: { id: string }) => id !== projectId)
  expect((await site.call('GET', buckets(projectId), { key })).status).toBe(200)
  expect((await site.call('GET', buckets(other.id), { key })).body.error_code).toBe('VOD.10057')
})

test('a token whose project was removed says that the project is unavailable', async () => {
  const { projectId } = await site.addTenant('closing')
  const token = await site.signIn('closing', PASSWORD, 'closing')
  await site.auth.removeProject('closing')
  const answer = await site.call('GET', buckets(projectId), { token })
  expect([answer.status, answer.body.error_code]).toEqual([403, 'APIGW.0310'])
})

test('calls above the rate of an operation are throttled until the minute is over', async () => {
  const { projectId, key } = await site.addTenant('eager')
  const target = `/telecine/v1/${projectId}/users/password`
  const body = { password: 'short' }
  site.clock.nowMs = Math.ceil(site.clock.nowMs / 60_000) * 60_000
  const answers = await Promise.all(Array.from({ length: 11 }, () => site.call('PUT', target, { key, body })))
  const throttled = answers.filter(({ status }) => status === 429)
  expect(throttled).toHaveLength(1)
  expect(throttled[0]?.body).toMatchObject({
    error_code: 'APIGW.0308',
    error_msg: 'The throttling threshold has been reached: policy user over ratelimit,limit:10,time:1 minute',
  })
  site.clock.nowMs += 60_000
  expect((await site.call('PUT', target, { key, body })).status).toBe(400)
})

import { DeleteAssetsRequest, DeleteTemplateGroupRequest } from '@huaweicloud/huaweicloud-sdk-vod'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { auditStore } from '../../src/adapters/postgres/audit-log.ts'
import { expiryReader } from '../../src/adapters/postgres/retention.ts'
import { expireAssets } from '../../src/core/retention/expire-assets.ts'
import { releaseSource } from '../../src/core/retention/release-source.task.ts'
import type { UserId } from '../../src/core/shared/ids.ts'
import { callOperation, insertAsset, makeGrantedBucket, newAssetId, outcomeOf } from './asset-fixtures.ts'
import { type ContractServer, REGION, refusalOf, startContractServer, type Tenant } from './support.ts'

let server: ContractServer
let tenant: Tenant
beforeAll(async () => {
  server = await startContractServer()
  tenant = server.tenant
  await makeGrantedBucket(server, 'in/film.mp4')
})
afterAll(() => server[Symbol.asyncDispose]())

const logOf = async (query: string, by = tenant) => Object(await by.native('GET', `/audit?${query}`))
const INPUT = { bucket: 'studio-raw', location: REGION, object: 'in/film.mp4' }
const publish = (more: object = {}) =>
  callOperation(tenant, 'publishAssetFromObs', { body: { video_type: 'MP4', title: 'A film', input: INPUT, ...more } })

describe('an entry', () => {
  test('says who did what, when, from where, on which asset, and how it ended', async () => {
    const earlier = Date.now()
    const { asset_id } = await publish({ title: 'unheard-of title', description: 'unheard-of description' })
    await refusalOf(tenant.vod.deleteAssets(new DeleteAssetsRequest([asset_id])))
    const { total, entries } = await logOf(`asset_id=${asset_id}`)
    const common = {
      ...{ project_id: tenant.projectId, role: 'operator', user: 'admin', access_key: tenant.key.access },
      ...{ user_id: expect.any(String), subjects: [asset_id], address: '127.0.0.1' },
      ...{ request_id: expect.stringMatching(/^[0-9a-f]{32}$/), happened_at: expect.any(String) },
    }
    expect([total, entries]).toEqual([
      2,
      [
        { ...common, operation: 'deleteAssets', status: 403, error_code: 'VOD.10083' },
        { ...common, operation: 'publishAssetFromObs', status: 200 },
      ],
    ])
    expect(Date.parse(entries[1].happened_at)).toBeGreaterThanOrEqual(earlier)
    expect(JSON.stringify(await logOf(''))).not.toContain('unheard-of')
  })
  test('is one for each call of either API that may change something, none for those that read', async () => {
    const since = new Date().toISOString()
    await tenant.native('PUT', '/settings/retention', {})
    await refusalOf(tenant.vod.deleteTemplateGroup(new DeleteTemplateGroupRequest('9'.repeat(32))))
    await tenant.call('POST', '/asset/reproduction', { body: 'no JSON' })
    await tenant.native('GET', '/storage')
    await callOperation(tenant, 'listAssetList')
    const { entries } = await logOf(`from=${since}`)
    expect(entries.map(({ operation, status, subjects }: never) => [operation, status, subjects])).toEqual([
      ['publishAssetFromObs', 400, []],
      ['deleteTemplateGroup', 400, ['9'.repeat(32)]],
      ['updateRetention', 204, []],
    ])
  })
  test('has no secrets: what makes a key, a user or a webhook is named, and nothing more', async () => {
    await tenant.native('POST', '/users', { name: 'carol', password: 'swordfish-1234' })
    const { access_key, secret_key } = Object(await tenant.native('POST', '/keys', { user: 'carol' }))
    const { entries } = await logOf('all=1')
    expect(entries.slice(0, 2)).toMatchObject([
      { operation: 'addAccessKey', subjects: ['carol', access_key], status: 201 },
      { operation: 'addUser', subjects: ['carol', expect.any(String)], status: 201 },
    ])
    for (const secret of ['swordfish', secret_key]) expect(JSON.stringify(entries)).not.toContain(secret)
  })
  test('takes ids that no text of the database may hold, and long ones, cut', async () => {
    const since = new Date().toISOString()
    for (const id of ['a%01b', 'y'.repeat(128), '%E2%82%AC'.repeat(42)])
      await tenant.call('DELETE', '/asset', { query: `asset_id=${id}` })
    const { entries } = await logOf(`from=${since}`)
    expect(entries.map(({ subjects }: never) => subjects)).toEqual([['€'.repeat(42)], ['y'.repeat(128)], ['a b']])
  })
  test('is one for each sign-in that succeeds, and for a project that an SDK makes', async () => {
    await tenant.native('POST', '/users', { name: 'frank', password: 'swordfish-1234', role: 'operator' })
    const post = (path: string, body: object, headers: object = {}) =>
      fetch(server.url + path, {
        ...{ method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) },
      })
    const user = (password: string) => ({ name: 'frank', password, domain: { name: 'telecine' } })
    const signIn = (password: string) => {
      const identity = { methods: ['password'], password: { user: user(password) } }
      return post('/v3/auth/tokens', { auth: { identity, scope: { domain: { name: 'telecine' } } } })
    }
    expect((await signIn('guessed-1234')).status).toBe(401)
    const token = (await signIn('swordfish-1234')).headers.get('x-subject-token') ?? ''
    const make = (headers: object) => post('/v3/projects', { project: { name: 'eu-west-9' } }, headers)
    expect((await make({ 'x-auth-token': token })).status).toBe(201)
    // It is there now, and the first token is dead by the new right.
    const again = (await signIn('swordfish-1234')).headers.get('x-subject-token') ?? ''
    expect((await make({ 'x-auth-token': again })).status).toBe(201)
    const { entries } = await logOf('all=1&actor=frank')
    const common = { role: 'operator', user: 'frank', status: 201, address: '127.0.0.1' }
    const signedIn = { ...common, operation: 'keystoneCreateUserTokenByPassword', subjects: [] }
    const made = { ...common, operation: 'keystoneCreateProject', subjects: [expect.any(String), 'eu-west-9'] }
    expect(entries).toMatchObject([signedIn, made, signedIn])
    expect(JSON.stringify(entries)).not.toContain(token)
  })
  test('names what is refreshed, and templates and workflows that are deleted', async () => {
    const since = new Date().toISOString()
    const id = newAssetId()
    await tenant.call('POST', '/asset/refresh', { version: 'v1', body: { asset_id_list: [id] } })
    await outcomeOf(tenant.native('DELETE', '/review-templates?template_id=some-template'))
    await outcomeOf(tenant.native('DELETE', '/workflows?workflow_id=some-workflow'))
    const { entries } = await logOf(`from=${since}`)
    expect(entries.map(({ operation, subjects }: never) => [operation, subjects])).toEqual([
      ['deleteWorkflow', ['some-workflow']],
      ['deleteReviewTemplate', ['some-template']],
      ['refreshAsset', [id]],
    ])
  })
  test('tells of what happens by itself, too, in the transaction that does it', async () => {
    const { db, transactions } = server.foundation
    const expiring = await insertAsset(server, tenant, { expiresAt: new Date('2099-01-01T00:00:00Z') })
    const now = () => new Date('2099-01-01T00:00:00Z')
    await expireAssets({ db: transactions, expiry: expiryReader(db), now })(new AbortController().signal)
    const released = await insertAsset(server, tenant, {
      ...{ releasesSource: true, transcode: { state: 'succeeded' }, renditions: [{}] },
    })
    const context = { signal: new AbortController().signal, attempt: 1, tryId: newAssetId(), repeated: false }
    const input = { assetId: released, projectId: tenant.projectId }
    await releaseSource({ db: transactions }).run(input, { ...context, progress: () => {} })
    const { entries } = await logOf('actor=system')
    const common = { project_id: tenant.projectId, role: 'system', happened_at: expect.any(String) }
    expect(entries).toEqual([
      { ...common, operation: 'releaseSource', subjects: [released] },
      { ...common, operation: 'expireAsset', subjects: [expiring] },
    ])
  })
})

describe('the log', () => {
  test('shows a member their project alone, and an operator everything', async () => {
    const member = await server.addTenant('dora')
    await member.native('PUT', '/settings/retention', {})
    expect(await outcomeOf(member.native('POST', '/projects', { name: 'mine' }))).toBe('403 VOD.10074')
    const foreign = await member.call('PUT', '/asset/info', {
      body: { asset_id: 'a' },
      headers: { 'x-project-id': 'b' },
    })
    expect(foreign.status).toBe(403)
    expect((await logOf('', member)).entries).toMatchObject([
      { operation: 'updateRetention', user: 'dora', role: 'member' },
    ])
    expect(await outcomeOf(logOf('all=1', member))).toBe('403 VOD.10074')
    const { entries } = await logOf('all=1&actor=dora')
    expect(entries.map(({ operation, project_id, error_code }: never) => [operation, project_id, error_code])).toEqual([
      ['updateAssetMeta', undefined, 'VOD.10057'],
      ['addProject', undefined, 'VOD.10074'],
      ['updateRetention', member.projectId, undefined],
    ])
    expect((await logOf('actor=dora')).total).toBe(0)
  })
  test('is paged and filtered by time, actor, asset and operation', async () => {
    const ids = [newAssetId(), newAssetId(), newAssetId()]
    const store = auditStore(server.foundation.db)
    const { projectId } = await server.addProject('filtered')
    const actor = { role: 'member', userId: '1'.repeat(32) as UserId, userName: 'erin', accessKey: 'ERIN' } as const
    const at = (n: number) => new Date(Date.UTC(2001, 0, 1 + n))
    await store.append(
      ids.map((id, n) => ({ happenedAt: at(n), projectId, actor, operation: `op${n}`, subjects: [id] })),
    )
    const found = async (query: string) =>
      (await logOf(`all=1&${query}`)).entries.map(({ operation }: never) => operation)
    expect(await found('actor=erin')).toEqual(['op2', 'op1', 'op0'])
    expect(await found('actor=ERIN&page=1&size=2')).toEqual(['op0'])
    expect((await logOf('all=1&actor=ERIN&page=1&size=2')).total).toBe(3)
    expect(await found(`asset_id=${ids[1]}`)).toEqual(['op1'])
    expect(await found('operation=op2')).toEqual(['op2'])
    expect(await found('actor=erin&from=2001-01-02T00:00:00Z')).toEqual(['op2', 'op1'])
    expect(await found('actor=erin&from=2001-01-01T00:00:00Z&to=2001-01-03T00:00:00Z')).toEqual(['op1', 'op0'])
    expect(await found('actor=erin&operation=op0&asset_id=none')).toEqual([])
  })
  test.each(['from=yesterday', 'to=2026-02-30T00:00:00Z', 'size=0', 'page=-1', 'all=2', 'actor='.padEnd(300, 'x')])(
    'refuses the bad filter %s by name',
    async (query) => {
      const answer = await tenant.call('GET', '/audit', { version: 'telecine/v1', query })
      const field = query.split('=')[0] ?? ''
      expect(answer).toMatchObject({ status: 400, body: { error_code: 'VOD.10053' } })
      expect(Object(answer.body).error_msg).toContain(field)
    },
  )
  test('forgets what is old, some at a time', async () => {
    const store = auditStore(server.foundation.db)
    const { projectId } = tenant
    const entry = (day: number) => ({
      ...{ happenedAt: new Date(Date.UTC(1999, 0, day)), projectId, actor: { role: 'system' } as const },
      ...{ operation: 'old', subjects: [] },
    })
    await store.append(Array.from({ length: 1_001 }, () => entry(1)))
    await store.append([entry(3)])
    const before = new Date(Date.UTC(1999, 0, 2))
    expect([await store.purge(before), await store.purge(before)]).toEqual(['more', 'done'])
    expect((await logOf('operation=old')).total).toBe(1)
  })
})

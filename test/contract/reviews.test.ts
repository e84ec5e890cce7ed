import {
  AssetReviewReq,
  CreateAssetReviewTaskRequest,
  Review as ReviewParameter,
} from '@huaweicloud/huaweicloud-sdk-vod'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { randomId } from '../../src/adapters/random-id.ts'
import type { Asset } from '../../src/core/catalog/asset.ts'
import type { Review, ReviewOrder } from '../../src/core/catalog/review.ts'
import { type ReviewDeps, reviewAsset } from '../../src/core/review/review-asset.task.ts'
import type { AssetId } from '../../src/core/shared/ids.ts'
import { callOperation, countRows, insertAsset, MEDIA, newAssetId, outcomeOf, refused } from './asset-fixtures.ts'
import { type ContractServer, refusalOf, startContractServer, type Tenant } from './support.ts'

const PATH = '/asset/review'

let server: ContractServer
let tenant: Tenant
let system: string
beforeAll(async () => {
  server = await startContractServer()
  tenant = server.tenant
  system = Object((await tenant.native('GET', '/review-templates'))['templates'])[0].template_id
})
afterAll(() => server[Symbol.asyncDispose]())

const settings = { intervalSeconds: 5, thresholds: { porn: 80, terrorism: 0, politics: 0 }, publishOnPass: false }
const order = (): ReviewOrder => ({ task: randomId(), templateId: system, settings })
const insert = (asset: Partial<Asset> = {}) => insertAsset(server, tenant, { media: MEDIA, ...asset })
const listed = async (id: AssetId) => {
  const { assets } = await callOperation(tenant, 'listAssetList', { query: `asset_id=${id}` })
  return `${assets[0].asset_status} ${assets[0].review_status}`
}
const ask = (id: string, templateId: string) =>
  tenant.vod.createAssetReviewTask(
    new CreateAssetReviewTaskRequest().withBody(new AssetReviewReq(id, new ReviewParameter(templateId))),
  )
const judge = (id: string, verdict: string, more: object = {}) =>
  tenant.native('PUT', '/reviews/verdict', { asset_id: id, verdict, ...more })
const workOf = async (id: AssetId) =>
  (await server.foundation.engine.workOf(id)).map(({ kind, state }) => `${kind} ${state}`)

describe('templates', () => {
  const make = (body: object, by = tenant) => by.native('POST', '/review-templates', { name: 'mine', ...body })
  const all = async (by: Tenant): Promise<readonly Record<string, unknown>[]> =>
    Object((await by.native('GET', '/review-templates'))['templates'])

  test('there is one from the beginning, which can be changed, but neither renamed nor deleted', async () => {
    const project = await server.addProject('fresh')
    const [template] = await all(project)
    const first = { name: 'system_review_template', system: true, interval: 5, porn: 80, terrorism: 0, politics: 0 }
    expect(template).toEqual({
      ...{ template_id: expect.stringMatching(/^[0-9a-f]{32}$/), ...first, default: false, publish_on_pass: false },
    })
    const template_id = template?.['template_id']
    const update = (change: object) => project.native('PUT', '/review-templates', { template_id, ...change })
    expect(await update({ porn: 60 })).toEqual({ ...template, porn: 60 })
    expect(await update({ interval: 9, default: true })).toEqual({ ...template, porn: 60, interval: 9, default: true })
    expect(await all(project)).toEqual([{ ...template, porn: 60, interval: 9, default: true }])
    expect(await outcomeOf(update({ name: 'other' }))).toBe('400 VOD.10053')
    const path = `/review-templates?template_id=${template_id}`
    expect(await outcomeOf(project.native('DELETE', path))).toBe('409 TELECINE.0409')
    expect(await all(tenant)).toMatchObject([{ porn: 80 }])
  })

  test('are made, listed, changed and deleted; at most one is default; names are unlike each other', async () => {
    const project = await server.addProject('studio')
    const one = await make({ name: 'one', default: true }, project)
    const two = await make(
      { name: 'two', interval: 1, porn: 0, terrorism: 100, politics: 1, publish_on_pass: true },
      project,
    )
    expect(one).toMatchObject({ name: 'one', system: false, interval: 5, porn: 80, default: true })
    expect(two).toMatchObject({
      interval: 1,
      porn: 0,
      terrorism: 100,
      politics: 1,
      default: false,
      publish_on_pass: true,
    })
    const update = (template: Record<string, unknown>, change: object) =>
      project.native('PUT', '/review-templates', { template_id: template['template_id'], ...change })
    expect(await update(two, { default: true, name: 'second' })).toEqual({ ...two, name: 'second', default: true })
    expect((await all(project)).map((template) => `${template['name']} ${template['default']}`)).toEqual([
      ...['system_review_template false', 'one false', 'second true'],
    ])
    expect(await outcomeOf(make({ name: 'one' }, project))).toBe('409 TELECINE.0409')
    expect(await outcomeOf(update(two, { name: 'one' }))).toBe('409 TELECINE.0409')
    expect(await outcomeOf(make({ name: 'system_review_template' }, project))).toBe('409 TELECINE.0409')
    const path = `/review-templates?template_id=${one['template_id']}`
    await project.native('DELETE', path)
    expect(await outcomeOf(project.native('DELETE', path))).toBe('404 TELECINE.0404')
    expect(await outcomeOf(update(one, { porn: 1 }))).toBe('404 TELECINE.0404')
    // Another project's do not exist.
    const foreign = { template_id: two['template_id'], porn: 1 }
    expect(await outcomeOf(tenant.native('PUT', '/review-templates', foreign))).toBe('404 TELECINE.0404')
  })

  test.each([
    ['name', { name: undefined }],
    ['name', { name: '' }],
    ['name', { name: 'a b' }],
    ['name', { name: 'x'.repeat(129) }],
    ['name', { name: 7 }],
    ['interval', { interval: 0 }],
    ['interval', { interval: 101 }],
    ['interval', { interval: 1.5 }],
    ['interval', { interval: 'often' }],
    ['porn', { porn: -1 }],
    ['porn', { porn: 101 }],
    ['terrorism', { terrorism: 50.5 }],
    ['politics', { politics: true }],
    ['default', { default: 'yes' }],
    ['publish_on_pass', { publish_on_pass: 'maybe' }],
  ])('a bad %s is refused by name: %j', async (field, members) => {
    const before = await all(tenant)
    const message = expect.stringContaining(`illegal field: ${field}.`)
    await expect(make(members)).rejects.toMatchObject({ code: 'VOD.10053', message })
    expect(await all(tenant)).toEqual(before)
  })
})

describe('createAssetReviewTask', () => {
  test('has an asset reviewed, and answers what the template says', async () => {
    const id = await insert({ published: true })
    expect(await ask(id, system)).toMatchObject({
      ...{ httpStatusCode: 200, asset_id: id },
      review: { template_id: system, interval: 5, politics: 0, terrorism: 0, porn: 80 },
    })
    expect([await listed(id), await workOf(id)]).toEqual(['PUBLISHED REVIEWING', ['review queued']])
    expect(await refusalOf(ask(id, system))).toMatchObject({ status: 400, code: 'VOD.10083' })
    // What runs is busy.
    const gone = tenant.call('DELETE', '/asset', { query: `asset_id=${id}` })
    expect(await refused(gone)).toMatch(/VOD.10083/)
  })

  test.each<[string, string, Partial<Asset>]>([
    ['is not in place', '400 VOD.10083', { ingest: { state: 'creating' } }],
    ['failed', '400 VOD.10083', { ingest: { state: 'failed', reason: 'broken' } }],
    ['lost its source', '400 VOD.10083', { sourceRemoved: true }],
    ['was blocked', '400 VOD.10083', { review: { state: 'blocked' } }],
    ['was deleted', '404 VOD.10062', { ingest: { state: 'deleted' } }],
  ])('refuses an asset that %s', async (_, outcome, asset) => {
    const id = await insert(asset)
    const before = await countRows(server)
    const { status, code } = await refusalOf(ask(id, system))
    expect(`${status} ${code}`).toBe(outcome)
    expect(await countRows(server)).toEqual(before)
  })

  test('refuses an unknown asset, an unknown template, and values that are none', async () => {
    const id = await insert()
    const post = (body: object) =>
      refused(tenant.call('POST', PATH, { body: { asset_id: id, review: { template_id: system }, ...body } }))
    expect(await post({ asset_id: newAssetId() })).toBe('400 VOD.10062')
    expect(await post({ review: { template_id: 'c0ffee00c0ffee00c0ffee00c0ffee00' } })).toBe('400 VOD.10062')
    const bad = [{ asset_id: undefined }, { asset_id: 7 }, { review: undefined }, { review: {} }, { review: 'strict' }]
    for (const body of [...bad, { review: { template_id: 7 } }]) expect(await post(body)).toBe('400 VOD.10053')
    expect(await listed(id)).toBe('CREATED UN_REVIEW')
    // The old thresholds are ignored.
    const old = { template_id: system, interval: 10, politics: -1, terrorism: 30, porn: 99 }
    const { review } = await callOperation(tenant, 'createAssetReviewTask', { body: { asset_id: id, review: old } })
    expect(review).toEqual({ template_id: system, interval: 5, politics: 0, terrorism: 0, porn: 80 })
  })
})

describe('states', () => {
  test('are told in lists and details and found by filter', async () => {
    const project = await server.addProject('states')
    const states: Readonly<Record<string, Review | undefined>> = {
      none: undefined,
      wanted: { state: 'wanted', order: order() },
      running: { state: 'running', order: order() },
      failed: { state: 'failed', order: order(), reason: 'too dark' },
      passed: { state: 'passed', order: order() },
      suspicious: { state: 'suspicious', order: order() },
      blocked: { state: 'blocked', judgement: { by: 'anna', note: 'stolen' } },
    }
    for (const [title, review] of Object.entries(states)) {
      await insertAsset(server, project, { title, ...(review && { review }) })
    }
    const find = async (query: string) =>
      (await callOperation(project, 'listAssetList', { query: `order=asc&${query}` })).assets
    const rows = async (query: string): Promise<readonly string[]> => {
      const found: readonly Record<string, string>[] = await find(query)
      return found.map(({ title, review_status }) => `${title} ${review_status}`).toSorted()
    }
    const ALL = [
      ...['blocked REVIEW_BLOCKED', 'failed REVIEW_FAILED', 'none UN_REVIEW', 'passed REVIEW_PASSED'],
      ...['running REVIEWING', 'suspicious REVIEW_SUSPICIOUS', 'wanted UN_REVIEW'],
    ]
    expect(await rows('')).toEqual(ALL)
    for (const status of [
      'UN_REVIEW',
      'REVIEWING',
      'REVIEW_SUSPICIOUS',
      'REVIEW_PASSED',
      'REVIEW_FAILED',
      'REVIEW_BLOCKED',
    ]) {
      expect(await rows(`status=${status}`)).toEqual(ALL.filter((row) => row.endsWith(` ${status}`)))
    }
    const texts = (await find('status=REVIEW_FAILED&status=REVIEW_BLOCKED')).map(
      (row: { exec_desc: string }) => row.exec_desc,
    )
    expect(texts.toSorted()).toEqual([
      ...['Blocked by anna: stolen', 'too dark'].map(
        (text) => `asset_exec_desc:Asset is unpublished;review_exec_desc:${text};`,
      ),
    ])
    const infos = (await find('')).map(async ({ asset_id, title }: Record<string, string>) => {
      const details = await callOperation(project, 'showAssetDetail', { query: `asset_id=${asset_id}` })
      return [title, details.review_info?.review_status]
    })
    expect(Object.fromEntries(await Promise.all(infos))).toEqual({
      ...{ none: undefined, wanted: undefined, running: undefined, failed: undefined },
      ...{ passed: 'REVIEW_PASSED', suspicious: 'REVIEW_SUSPICIOUS', blocked: 'REVIEW_BLOCKED' },
    })
  })

  test('what is unpublished while its review runs is not published by it', async () => {
    const { reader, transactions } = server.foundation
    const words = { ...settings, thresholds: { porn: 0, terrorism: 0, politics: 0 }, publishOnPass: true }
    const review = { state: 'running', order: { ...order(), settings: words } } as const
    const [taken, left] = [await insert({ published: true, review }), await insert({ review })]
    const deps = { reader, words: { find: async () => [] } } as unknown as ReviewDeps
    const context = { signal: new AbortController().signal, tryId: randomId(), progress: () => undefined }
    const ends = [taken, left].map((assetId) =>
      reviewAsset(deps).run({ assetId, projectId: tenant.projectId }, { ...context, attempt: 1, repeated: false }),
    )
    const commits = await Promise.all(ends)
    await callOperation(tenant, 'unpublishAssets', { body: { asset_id: [taken] } })
    for (const commit of commits) await transactions.write(commit)
    expect([await listed(taken), await listed(left)]).toEqual(['CREATED REVIEW_PASSED', 'PUBLISHED REVIEW_PASSED'])
  })

  test('a cancelled review has failed, and is no longer in the way', async () => {
    const id = await insert()
    await ask(id, system)
    await tenant.native('POST', '/assets/cancel', { asset_id: id })
    expect([await listed(id), await workOf(id)]).toEqual([
      'CREATED REVIEW_FAILED',
      expect.arrayContaining(['review cancelled']),
    ])
    await ask(id, system)
    expect(await listed(id)).toBe('CREATED REVIEWING')
  })
})

describe('a person', () => {
  test('blocks and passes whatever is in place, reviewed or not; a review that runs is ended', async () => {
    const id = await insert({ published: true })
    await ask(id, system)
    await judge(id, 'block')
    expect([await listed(id), await workOf(id)]).toEqual([
      'CREATED REVIEW_BLOCKED',
      expect.arrayContaining(['review cancelled']),
    ])
    const other = await insert()
    const { asset_info_array } = await callOperation(tenant, 'publishAssets', { body: { asset_id: [id, other] } })
    expect(asset_info_array).toMatchObject([
      { status: 'CREATED', description: 'The media asset is blocked' },
      { status: 'PUBLISHED' },
    ])
    expect(await refused(tenant.call('POST', '/asset/status/publish', { body: { asset_id: [id] } }))).toBe(
      '403 VOD.10099',
    )
    await judge(id, 'pass', { note: 'ours after all' })
    expect(await listed(id)).toBe('CREATED REVIEW_PASSED')
    const { review_info } = await callOperation(tenant, 'showAssetDetail', { query: `asset_id=${id}` })
    expect(review_info.exec_desc).toMatch(/Passed by .+: ours after all$/)
    expect(await tenant.native('GET', `/reviews/pictures?asset_id=${id}`)).toEqual({ pictures: [] })
  })

  test('is refused for what is not there, and for verdicts that are none', async () => {
    expect(await outcomeOf(judge(newAssetId(), 'pass'))).toBe('400 VOD.10062')
    expect(await outcomeOf(judge(await insert({ ingest: { state: 'creating' } }), 'block'))).toBe('400 VOD.10060')
    expect(await outcomeOf(judge(await insert({ ingest: { state: 'deleted' } }), 'block'))).toBe('404 VOD.10062')
    const id = await insert({ published: true })
    for (const verdict of ['PASS', '', 'review']) expect(await outcomeOf(judge(id, verdict))).toBe('400 VOD.10053')
    expect(await outcomeOf(judge(id, 'block', { note: 'x'.repeat(1025) }))).toBe('400 VOD.10053')
    const stranger = await server.addTenant('stranger')
    const foreign = stranger.native('PUT', '/reviews/verdict', { asset_id: id, verdict: 'block' })
    expect(await outcomeOf(foreign)).toBe('400 VOD.10062')
    expect(await listed(id)).toBe('PUBLISHED UN_REVIEW')
  })
})

import {
  CreateAssetCategoryRequest,
  CreateCategoryReq,
  DeleteAssetCategoryRequest,
  ListAssetCategoryRequest,
  UpdateAssetCategoryRequest,
  UpdateCategoryReq,
} from '@huaweicloud/huaweicloud-sdk-vod'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { randomId } from '../../src/adapters/random-id.ts'
import type { AssetId } from '../../src/core/shared/ids.ts'
import { type ContractServer, refusalOf, startContractServer, type Tenant } from './support.ts'

const PATH = '/asset/category'

let server: ContractServer
let tenant: Tenant
let made = 0
beforeAll(async () => {
  server = await startContractServer()
})
afterAll(() => server[Symbol.asyncDispose]())
// A project of its own for each test: their lists and limits are per project.
beforeEach(async () => {
  made += 1
  tenant = await server.addProject(`project-${made}`)
})

const create = async (name: string, parentId = 0): Promise<number> => {
  const body = new CreateCategoryReq(name).withParentId(parentId)
  const { id } = await tenant.vod.createAssetCategory(new CreateAssetCategoryRequest().withBody(body))
  if (id === undefined) throw new Error('no id was answered')
  return id
}
const remove = (id: number) => tenant.vod.deleteAssetCategory(new DeleteAssetCategoryRequest().withId(id))
const list = (id: number) => tenant.vod.listAssetCategory(new ListAssetCategoryRequest().withId(id))
const post = (body: unknown) => tenant.call('POST', PATH, { body })

describe('create', () => {
  test('answers integers and a camel-case project id', async () => {
    const top = await create('courses')
    const { status, body } = await post({ name: '讲座', parent_id: top })
    const { id } = Object(body)
    expect([status, body]).toEqual([
      200,
      { id: expect.any(Number), name: '讲座', parent_id: top, level: 2, projectId: tenant.projectId },
    ])
    expect(Object((await post({ name: 'leaf', parent_id: String(id) })).body)).toMatchObject({
      parent_id: id,
      level: 3,
    })
    expect(Object((await post({ name: 'other top', parent_id: null })).body)).toMatchObject({ parent_id: 0, level: 1 })
  })
  test('refuses a second one of that name below the same parent only', async () => {
    const top = await create('same')
    await create('same', top)
    expect(await refusalOf(create('same', top))).toMatchObject({ status: 400, code: 'VOD.10065' })
    expect(await refusalOf(create('same'))).toMatchObject({
      status: 400,
      code: 'VOD.10065',
      message: 'Media asset classification already exists, please check.',
      requestId: expect.stringMatching(/^[0-9a-f]{32}$/),
    })
  })
  test('lets one of many simultaneous twins through', async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => create('twin')))
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    const codes = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.errorCode] : []))
    expect(new Set(codes)).toEqual(new Set(['VOD.10065']))
  })
  test('refuses an unknown parent, one of another project, and the built-in one', async () => {
    expect(await refusalOf(create('a', 2_000_000_000))).toMatchObject({ status: 400, code: 'VOD.10064' })
    const own = await create('own')
    const other = await server.addTenant(`neighbour-${made}`)
    const foreign = await other.call('POST', PATH, { body: { name: 'a', parent_id: own } })
    expect([foreign.status, Object(foreign.body).error_code]).toEqual([400, 'VOD.10064'])
    expect(await refusalOf(create('a', -1))).toMatchObject({
      status: 400,
      code: 'VOD.10053',
      message: expect.stringContaining('illegal field: parent_id.'),
    })
  })
  test('refuses a fourth level', async () => {
    const third = await create('3', await create('2', await create('1')))
    expect(await refusalOf(create('4', third))).toMatchObject({ status: 400, code: 'VOD.10066' })
  })
  test('refuses the 129th child, even when many come at once', async () => {
    const top = await create('full')
    const children = Array.from({ length: 120 }, (_, n) => ({ name: `child ${n}`, parent_id: top, level: 2 }))
    const rows = children.map((child) => ({ ...child, project_id: tenant.projectId }))
    await server.foundation.db.insertInto('category').values(rows).execute()
    const outcomes = await Promise.allSettled(Array.from({ length: 10 }, (_, n) => create(`late ${n}`, top)))
    const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.errorCode] : []))
    expect(refused).toEqual(['VOD.10067', 'VOD.10067'])
    expect((await list(top))[0]?.children).toHaveLength(128)
  })
  test('counts bytes of the name', async () => {
    expect((await post({ name: '类'.repeat(21) })).status).toBe(200)
    for (const name of ['类'.repeat(22), '', null, 5, 'a\0b']) {
      const { status, body } = await post({ name })
      expect([name, status, Object(body).error_code]).toEqual([name, 400, 'VOD.10053'])
      expect(Object(body).error_msg).toContain('illegal field: name.')
    }
  })
})

describe('read', () => {
  test('is a bare array with text ids and the next level only', async () => {
    const top = await create('courses')
    const child = await create('talks', top)
    await create('2026', child)
    const { headers, body } = await tenant.call('GET', PATH, { query: `id=${top}` })
    expect(headers.get('content-type')).toMatch(/^application\/json/)
    expect(body).toEqual([
      { id: String(top), name: 'courses', children: [{ id: String(child), name: 'talks', children: [] }] },
    ])
  })
  test('of 0 lists all top-level ones of the project, and an empty project has an empty list', async () => {
    expect((await tenant.call('GET', PATH, { query: 'id=0' })).text).toBe('[]')
    const [a, b] = [await create('a'), await create('b')]
    const leaf = await create('leaf', b)
    await create('below leaf', leaf)
    expect((await tenant.call('GET', PATH, { query: 'id=0' })).body).toEqual([
      { id: String(a), name: 'a', children: [] },
      { id: String(b), name: 'b', children: [{ id: String(leaf), name: 'leaf', children: [] }] },
    ])
  })
  test('of an unknown id is VOD.10064 with the 404 that Terraform takes for "gone"', async () => {
    const id = await create('short-lived')
    await remove(id)
    expect(await refusalOf(list(id))).toMatchObject({ status: 404, code: 'VOD.10064' })
    const other = await server.addTenant(`stranger-${made}`)
    const { status } = await other.call('GET', PATH, { query: `id=${await create('mine')}` })
    expect(status).toBe(404)
  })
  test.each(['', 'id=', 'id=x', 'id=-1', 'id=1&id=2'])('with query "%s" names the field id', async (query) => {
    const { status, body } = await tenant.call('GET', PATH, { query })
    expect([status, Object(body).error_code]).toEqual([400, 'VOD.10053'])
    expect(Object(body).error_msg).toContain('illegal field: id.')
  })
})

describe('rename', () => {
  const rename = (id: number, name: string) =>
    tenant.vod.updateAssetCategory(new UpdateAssetCategoryRequest().withBody(new UpdateCategoryReq(name, id)))

  test('answers the whole category with 200, also when the name stays', async () => {
    const top = await create('before')
    expect(await rename(top, 'after')).toMatchObject({ httpStatusCode: 200, id: top, name: 'after', level: 1 })
    expect(await rename(top, 'after')).toMatchObject({ id: top, name: 'after' })
    expect((await list(top))[0]?.name).toBe('after')
  })
  test('refuses a sibling’s name and an unknown category', async () => {
    const [a] = [await create('a'), await create('b')]
    expect(await refusalOf(rename(a, 'b'))).toMatchObject({ status: 400, code: 'VOD.10065' })
    expect(await refusalOf(rename(2_000_000_000, 'c'))).toMatchObject({ status: 400, code: 'VOD.10064' })
    expect(await refusalOf(rename(0, 'c'))).toMatchObject({ status: 400, code: 'VOD.10064' })
  })
})

describe('delete', () => {
  test('takes everything below along, answers 204 without a body, and once only', async () => {
    const top = await create('top')
    const child = await create('child', top)
    const leaf = await create('leaf', child)
    const { status, text } = await tenant.call('DELETE', PATH, { query: `id=${child}` })
    expect([status, text]).toEqual([204, ''])
    expect((await list(top))[0]?.children).toEqual([])
    expect(await refusalOf(list(leaf))).toMatchObject({ code: 'VOD.10064' })
    expect(await refusalOf(remove(child))).toMatchObject({ status: 400, code: 'VOD.10064' })
  })
  test('leaves another project’s category alone', async () => {
    const id = await create('mine')
    const other = await server.addTenant(`thief-${made}`)
    expect((await other.call('DELETE', PATH, { query: `id=${id}` })).status).toBe(400)
    expect((await list(id))[0]?.name).toBe('mine')
  })
  test('moves assets to the parent, and those of a top-level category to "Other"', async () => {
    const top = await create('top')
    const child = await create('child', top)
    const leaf = await create('leaf', child)
    const assets = { top: await addAsset(top), child: await addAsset(child), leaf: await addAsset(leaf) }
    await remove(child)
    expect(await categoriesOf(assets)).toEqual({ top, child: top, leaf: top })
    await remove(top)
    expect(await categoriesOf(assets)).toEqual({ top: undefined, child: undefined, leaf: undefined })
  })
})

test('deleting one while assets are filed in it is no failure: each call is done, or says that there is none', async () => {
  for (let round = 0; round < 8; round++) {
    const top = await create(`top ${round}`)
    const child = await create('child', top)
    const assets = await Promise.all(Array.from({ length: 16 }, () => addAsset(child)))
    const file = (id: AssetId) =>
      tenant.call('PUT', '/asset/info', { body: { asset_id: id, title: 'filed', category_id: top } })
    const [deleted, ...filed] = await Promise.all([
      tenant.call('DELETE', PATH, { query: `id=${top}` }),
      ...assets.map(file),
    ])
    expect(deleted.status).toBe(204)
    const answers = filed.map(({ status, body }) => `${status} ${Object(body).error_code}`)
    expect(['204 undefined', '400 VOD.10064']).toEqual(expect.arrayContaining([...new Set(answers)]))
    const left = await categoriesOf(Object.fromEntries(assets.entries()))
    expect(new Set(Object.values(left))).toEqual(new Set([undefined]))
  }
})

test('deleting a category and its parent at once is no failure either', async () => {
  for (let round = 0; round < 8; round++) {
    const top = await create(`top ${round}`)
    const children = await Promise.all(Array.from({ length: 4 }, (_, n) => create(`child ${n}`, top)))
    for (const child of children) await addAsset(child)
    const statuses = await Promise.all(
      [...children, top].map(async (id) => (await tenant.call('DELETE', PATH, { query: `id=${id}` })).status),
    )
    expect([204, 400]).toEqual(expect.arrayContaining([...new Set(statuses)]))
  }
})

test.each([2 ** 31, 2 ** 53 - 1])('%d is the id of no category, and no failure', async (id) => {
  const rename = tenant.vod.updateAssetCategory(
    new UpdateAssetCategoryRequest().withBody(new UpdateCategoryReq('x', id)),
  )
  expect(await refusalOf(rename)).toMatchObject({ status: 400, code: 'VOD.10064' })
  expect(await refusalOf(create('a', id))).toMatchObject({ status: 400, code: 'VOD.10064' })
  expect(await refusalOf(remove(id))).toMatchObject({ status: 400, code: 'VOD.10064' })
  expect(await refusalOf(list(id))).toMatchObject({ status: 404, code: 'VOD.10064' })
  for (const unknown of [id, -id, -2]) {
    const body = { asset_id: await addAsset(await create(`filed ${unknown}`)), category_id: unknown }
    const filed = await tenant.call('PUT', '/asset/info', { body })
    expect([filed.status, Object(filed.body).error_code]).toEqual([400, 'VOD.10064'])
    const listed = await tenant.call('GET', '/asset/list', { query: `category_id=${unknown}` })
    expect([listed.status, Object(listed.body).total]).toEqual([200, 0])
  }
})

const addAsset = async (categoryId: number): Promise<AssetId> => {
  const id = randomId() as AssetId
  await server.foundation.transactions.write((tx) =>
    tx.insertAsset({
      id,
      projectId: tenant.projectId,
      createdAt: new Date(),
      modifiedAt: new Date(),
      title: 'film',
      categoryId,
      tags: [],
      videoType: 'MP4',
      videoName: 'film.mp4',
      source: { bucket: 'films', key: 'film.mp4', sizeBytes: 1, etag: 'x' },
      sourcePath: 'x.mp4',
      ingest: { state: 'created' },
      published: false,
      publishWhenReady: false,
      transcode: { state: 'none' },
      snapshots: { state: 'none' },
      sourceRemoved: false,
      options: {},
    }),
  )
  return id
}

const categoriesOf = async (assets: Readonly<Record<string, AssetId>>) =>
  Object.fromEntries(
    await Promise.all(
      Object.entries(assets).map(async ([name, id]) => [
        name,
        (await server.foundation.reader.asset(tenant.projectId, id))?.categoryId,
      ]),
    ),
  )

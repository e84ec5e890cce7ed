import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { callOperation, insertAsset } from './asset-fixtures.ts'
import { type ContractServer, startContractServer, type Tenant } from './support.ts'

let server: ContractServer
let tenant: Tenant
let made = 0
beforeAll(async () => {
  server = await startContractServer()
})
afterAll(() => server[Symbol.asyncDispose]())
beforeEach(async () => {
  made += 1
  tenant = await server.addProject(`project-${made}`)
})

const insert = (asset: Parameters<typeof insertAsset>[2] = {}) => insertAsset(server, tenant, asset)
const list = (query: string) => callOperation(tenant, 'listAssetList', { query })
const titles = async (query: string): Promise<readonly string[]> =>
  (await list(query)).assets.map(({ title }: { title: string }) => title)

/** Minutes after noon of some day. */
const at = (minutes: number) => new Date(Date.UTC(2026, 10, 22, 12, minutes))

test('assets are found by any text, to the character and whatever its case', async () => {
  const { id: categoryId } = await callOperation(tenant, 'createAssetCategory', { body: { name: 'ÜBERSICHT' } })
  await insert({ title: 'ab', description: 'cd', createdAt: at(0) })
  await insert({ title: '港口的电影', description: 'A (draft) of 50%', createdAt: at(1) })
  await insert({ title: 'Łódź 🎬', categoryId, createdAt: at(2) })
  await insert({ title: 'abababa', createdAt: at(3) })
  const found = (text: string) => titles(`query_string=${encodeURIComponent(text)}`)
  for (const [text, expected] of [
    ['a', ['abababa', '港口的电影', 'ab']],
    ['AB', ['abababa', 'ab']],
    ['abab', ['abababa']],
    ['ababababa', []],
    ['bac', []],
    // Not across title and description.
    ['bcd', []],
    ['bc', []],
    ['影', ['港口的电影']],
    ['电影', ['港口的电影']],
    ['口的电', ['港口的电影']],
    ['影电', []],
    ['龘', []],
    ['0%', ['港口的电影']],
    ['%', ['港口的电影']],
    ['_', []],
    ["'", []],
    ['(d', ['港口的电影']],
    [' ', ['Łódź 🎬', '港口的电影']],
    ['łÓD', ['Łódź 🎬']],
    ['🎬', ['Łódź 🎬']],
    ['übers', ['Łódź 🎬']],
    ['ü', ['Łódź 🎬']],
    ['x'.repeat(1024), []],
  ] as const) {
    expect([text, await found(text)]).toEqual([text, expected])
  }
})

test('assets are found by text together with everything else, in both orders', async () => {
  await insert({ title: 'sea 0', tags: ['sea'], createdAt: at(0) })
  await insert({ title: 'sea 1', tags: ['sea'], published: true, createdAt: at(1) })
  await insert({ title: 'sea 2', videoType: 'MOV', transcode: { state: 'waiting' }, createdAt: at(2) })
  await insert({ title: 'sea 3', ingest: { state: 'deleted' }, createdAt: at(3) })
  await insert({ title: 'land', tags: ['sea'], createdAt: at(4) })
  expect(await titles('query_string=SEA')).toEqual(['sea 2', 'sea 1', 'sea 0'])
  expect(await titles('query_string=sea&order=asc&size=2')).toEqual(['sea 0', 'sea 1'])
  expect(await titles('query_string=sea&order=asc&size=2&page=1')).toEqual(['sea 2'])
  expect(await titles('query_string=sea&tags=sea')).toEqual(['sea 1', 'sea 0'])
  expect(await titles('query_string=sea&status=PUBLISHED')).toEqual(['sea 1'])
  expect(await titles('query_string=sea&media_type=MOV')).toEqual(['sea 2'])
  expect(await titles('query_string=sea&status=WAITING_TRANSCODE')).toEqual(['sea 2'])
  expect(await titles('query_string=sea&start_time=20261122120100&end_time=20261122120100')).toEqual(['sea 1'])
  expect(await titles('tags=sea&category_id=-1')).toEqual(['land', 'sea 1', 'sea 0'])
})

test('assets are found by text as the words, the category and the state of an asset change', async () => {
  const body = { name: 'nature' }
  const { id: categoryId } = await callOperation(tenant, 'createAssetCategory', { body })
  const id = await insert({ title: 'Alps', description: 'snow', tags: ['old'], createdAt: at(0) })
  const found = async () =>
    Promise.all(['query_string=alps', 'query_string=snow', 'tags=old', 'query_string=nature'].map(titles))
  expect(await found()).toEqual([['Alps'], ['Alps'], ['Alps'], []])
  const change = { asset_id: id, title: 'Harbour', description: '', tags: 'new', category_id: categoryId }
  await callOperation(tenant, 'updateAssetMeta', { body: change })
  expect(await found()).toEqual([[], [], [], ['Harbour']])
  expect(await titles('query_string=arbo')).toEqual(['Harbour'])
  expect(await titles('tags=new')).toEqual(['Harbour'])
  expect(await titles('tags=new&status=PUBLISHED')).toEqual([])
  await callOperation(tenant, 'publishAssets', { body: { asset_id: [id] } })
  expect(await titles('tags=new&status=PUBLISHED')).toEqual(['Harbour'])
  await callOperation(tenant, 'deleteAssets', { query: `asset_id=${id}` })
  expect([await titles('query_string=arbo'), await titles('tags=new')]).toEqual([[], []])
})

test('among many, what many hold and what few hold is found with its total, on every page', async () => {
  // Every 3rd has a word, every 30th a rare one, and all but the newest a tag.
  const id = await insert({ title: 'the first', createdAt: at(0) })
  await sql`
    insert into asset (id, project_id, title, tags, video_type, video_name, source_bucket, source_key, source_size,
      source_etag, stored_key, ingest_state, created_at)
    select md5(project_id || n), project_id, 'film ' || case when n % 3 = 0 then 'often ' else '' end
        || case when n % 30 = 0 then 'seldom ' else '' end || n,
      case when n > 2000 then array['old'] else '{}' end, video_type, video_name, source_bucket, source_key,
      source_size, source_etag, stored_key, ingest_state, created_at - n * interval '1 second'
    from asset, generate_series(1, 24000) as n where id = ${id}
  `.execute(server.foundation.db)
  for (const [query, total, expected] of [
    ['query_string=film&size=2', 20_000, ['film 1', 'film 2']],
    ['query_string=film&size=2&page=11000', 20_000, ['film 22001', 'film often 22002']],
    ['query_string=film&size=2&order=asc', 20_000, ['film often seldom 24000', 'film 23999']],
    ['query_string=film&size=2&page=12000', 20_000, []],
    ['query_string=often&size=2', 8_000, ['film often 3', 'film often 6']],
    ['query_string=seldom&size=2&page=1', 800, ['film often seldom 90', 'film often seldom 120']],
    ['query_string=seldom&tags=old&size=1', 734, ['film often seldom 2010']],
    ['tags=old&size=2', 20_000, ['film often 2001', 'film 2002']],
    ['tags=old&size=2&page=10999', 20_000, ['film 23999', 'film often seldom 24000']],
    ['tags=old&size=2&page=11000', 20_000, []],
    ['tags=old&size=2&order=asc', 20_000, ['film often seldom 24000', 'film 23999']],
  ] as const) {
    const found = await list(query)
    expect([query, found.total, found.assets.map(({ title }: { title: string }) => title)]).toEqual([
      query,
      total,
      expected,
    ])
  }
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { masterPlaylist } from '../../src/core/packaging/master-playlist.ts'
import { writeIndex } from '../../src/core/processing/write-index.task.ts'
import type { AssetId } from '../../src/core/shared/ids.ts'
import { readWhole } from '../../src/core/shared/read-whole.ts'
import { callOperation, insertAsset, newAssetId, refused } from './asset-fixtures.ts'
import { get } from './delivery-fixtures.ts'
import { type ContractServer, startContractServer, type Tenant } from './support.ts'

// The vendor's Node SDK does not know this operation.
const PATH = '/asset/transcode-product'
const [RUN, PARAMETERS, GROUP] = ['f', 'e', 'd'].map((digit) => digit.repeat(32))

let server: ContractServer
let tenant: Tenant
beforeAll(async () => {
  server = await startContractServer()
  tenant = server.tenant
})
afterAll(() => server[Symbol.asyncDispose]())

const FILES = [1, 2].map((n) => `${PARAMETERS}_${n}_854X480_600_0.m3u8`)
const [FIRST = '', SECOND = ''] = FILES

/** Published, with two outputs and their index in the store. */
const insert = async (change: Parameters<typeof insertAsset>[2] = {}): Promise<AssetId> => {
  const id = await insertAsset(server, tenant, {
    ...{ published: true, transcode: { state: 'succeeded' }, templateGroup: 'web', templateGroupId: GROUP ?? '' },
    renditions: FILES.map((playlist) => ({ playlist })),
    ...change,
    index: RUN ?? '',
  })
  const numbers = { bandwidth: 1, averageBandwidth: 1, codecs: ['avc1.640028'], width: 854, height: 480, frameRate: 24 }
  const text = masterPlaylist({ independent: true, variants: FILES.map((uri) => ({ uri, ...numbers })) })
  const objects = {
    [`${RUN}_index.m3u8`]: text,
    [`${RUN}_1_854X480_600_0.m3u8`]: 'first',
    [`${RUN}_2_854X480_600_0.m3u8`]: 'second',
  }
  const { store, config } = server.foundation
  for (const [file, content] of Object.entries(objects)) {
    const object = { bucket: config.vodBucket, key: `${tenant.projectId}/${id}/play_video/${file}` }
    await store.put(object, Buffer.from(content), { contentType: 'text/plain' })
  }
  return id
}

const urlOf = (id: AssetId, file: string) => `${server.url}/asset/${id}/play_video/${file}`
const remove = (id: string, body: object) =>
  callOperation(tenant, 'deleteTranscodeProduct', { body: { asset_id: id, ...body } })
const removeUrls = (id: AssetId, ...files: readonly string[]) =>
  remove(id, { delete_type: 'PRODUCT', delete_infos: [{ products: files.map((file) => ({ url: urlOf(id, file) })) }] })
const removeGroup = (id: AssetId, group_id = GROUP) =>
  remove(id, { delete_type: 'GROUP', delete_infos: [{ group_id }] })
const served = async (id: AssetId, file: string) => (await get(server, `/asset/${id}/play_video/${file}`)).status
const detailsOf = async (id: AssetId) => (await tenant.call('GET', '/asset/details', { query: `asset_id=${id}` })).body

test('an output at a URL is listed and served no more, the index does not name it, and the others stay', async () => {
  const id = await insert()
  expect(await removeUrls(id, FIRST)).toEqual({
    ...{ asset_id: id, status: 'SUCCESS', failed_products: [] },
    deleted_products: [{ products: [{ url: urlOf(id, FIRST) }] }],
  })
  const { body } = await get(server, `/asset/${id}/play_video/index.m3u8`)
  expect([body.includes(FIRST), body.includes(SECOND)]).toEqual([false, true])
  expect([await served(id, FIRST), await served(id, SECOND)]).toEqual([404, 200])
  const urls = Object(await detailsOf(id)).transcode_info.output.map(({ url }: { url: string }) => url)
  expect(urls).toEqual([urlOf(id, 'index.m3u8'), urlOf(id, SECOND)])
  const kinds = (await server.foundation.engine.workOf(id)).map(({ kind }) => kind)
  expect(kinds).toEqual(['sweep', 'sweep', 'sweep', 'index'])
})

test.each(['?token=abc', '#t=1', '?token=a/b#t=1'])(
  'a play URL may end in %s, and is answered as it was given',
  async (end) => {
    const id = await insert()
    const url = urlOf(id, FIRST) + end
    expect(await remove(id, { delete_type: 'PRODUCT', delete_infos: [{ products: [{ url }] }] })).toMatchObject({
      ...{ status: 'SUCCESS', deleted_products: [{ products: [{ url }] }] },
    })
    expect([await served(id, FIRST), await served(id, SECOND)]).toEqual([404, 200])
  },
)

test('the last output takes the index with it, and the asset is as if never transcoded', async () => {
  const id = await insert()
  await removeUrls(id, SECOND)
  expect((await removeUrls(id, 'index.m3u8')).status).toBe('FAIL')
  expect((await removeUrls(id, 'index.m3u8', FIRST)).status).toBe('SUCCESS')
  expect(await served(id, 'index.m3u8')).toBe(404)
  expect(Object(await detailsOf(id)).transcode_info).toBeUndefined()
  expect((await server.foundation.reader.assetById(id))?.transcode.state).toBe('none')
})

test('the folder’s own index follows: without what was deleted, and gone with the last output', async () => {
  const id = await insert()
  const { reader, store, config } = server.foundation
  const object = { bucket: config.vodBucket, key: `${tenant.projectId}/${id}/play_video/index.m3u8` }
  const followed = async () => {
    const task = writeIndex({ reader, store, serviceBucket: config.vodBucket, grants: server.auth })
    const context = { signal: new AbortController().signal, attempt: 1, tryId: '', repeated: false }
    await task.run({ assetId: id, projectId: tenant.projectId }, { ...context, progress: () => undefined })
    if (!(await store.head(object))) return
    return (await readWhole(store, object, { mostBytes: 2 ** 20 })).toString('utf8').match(/^[0-9a-f].*$/gm)
  }
  const storedAs = (file: string) => file.replace(PARAMETERS ?? '', RUN ?? '')
  expect(await followed()).toEqual(FILES.map(storedAs))
  await removeUrls(id, FIRST)
  expect(await followed()).toEqual([storedAs(SECOND)])
  await removeUrls(id, SECOND)
  expect(await followed()).toBeUndefined()
})

test('a group goes as a whole, and only that of the outputs', async () => {
  const id = await insert()
  expect(await removeGroup(id, 'a'.repeat(32))).toMatchObject({
    ...{ status: 'FAIL', deleted_products: [] },
    failed_products: [{ group_id: 'a'.repeat(32), fail_reason: expect.stringContaining('template group') }],
  })
  const { status, deleted_products } = await removeGroup(id)
  expect([status, deleted_products[0].group_id]).toEqual(['SUCCESS', GROUP])
  expect(deleted_products[0].products.map(({ url }: { url: string }) => url)).toEqual(
    ['index.m3u8', FIRST, SECOND].map((file) => urlOf(id, file)),
  )
  expect((await removeGroup(id)).status).toBe('FAIL')
})

test('what cannot be deleted is told with its reason, and the rest is done', async () => {
  const id = await insert()
  const foreign = 'https://elsewhere.example/asset/x/play_video/index.m3u8'
  const answer = await remove(id, {
    delete_type: 'PRODUCT',
    delete_infos: [
      { group_id: GROUP, products: [{ url: urlOf(id, FIRST).replace('127.0.0.1', 'cdn.example') }, { url: foreign }] },
      { group_id: 'another', products: [{ url: urlOf(id, SECOND) }] },
    ],
  })
  expect(answer).toMatchObject({
    status: 'PARTIAL_SUCCESS',
    deleted_products: [{ group_id: GROUP, products: [{ url: expect.stringContaining('cdn.example') }] }],
    failed_products: [
      { group_id: GROUP, products: [{ url: foreign, fail_reason: 'the asset has no such output' }] },
      { group_id: 'another', fail_reason: expect.any(String), products: [{ url: urlOf(id, SECOND) }] },
    ],
  })
  expect([await served(id, FIRST), await served(id, SECOND)]).toEqual([404, 200])
})

test('the last outputs of an asset whose source was deleted stay: they are all that is left of it', async () => {
  const id = await insert({ sourceRemoved: true })
  const fail_reason = expect.stringContaining('source')
  const refusal = { status: 'FAIL', deleted_products: [], failed_products: [{ fail_reason }] }
  expect(await removeGroup(id)).toMatchObject(refusal)
  expect(await removeUrls(id, 'index.m3u8', ...FILES)).toMatchObject({
    ...refusal,
    failed_products: [{ products: [{ fail_reason }, { fail_reason }, { fail_reason }] }],
  })
  expect((await removeUrls(id, FIRST)).status).toBe('SUCCESS')
  expect((await removeUrls(id, SECOND)).status).toBe('FAIL')
  expect([await served(id, 'index.m3u8'), await served(id, SECOND)]).toEqual([200, 200])
})

describe('of a stream that was taken as it lies', () => {
  const MP4 = `${PARAMETERS}_1_854X480_600_0.mp4`
  const STREAM = { videoType: 'HLS', templateGroup: 'original_template_group' } as const
  const film = { format: 'MP4', playlist: MP4 } as const
  const playUrls = async (id: AssetId) => {
    const { asset_info_array } = await callOperation(tenant, 'showAssetMeta', { query: `asset_id=${id}` })
    return asset_info_array[0].play_info_array.map(({ url }: { url: string }) => url)
  }

  test('the outputs are what was made of it; it plays on when these are deleted, and has each URL once', async () => {
    const id = await insert({ ...STREAM, renditions: [{ playlist: 'index.m3u8' }, film] })
    expect(Object(await detailsOf(id)).transcode_info.output).toMatchObject([{ play_type: 'MP4', url: urlOf(id, MP4) }])
    expect(await playUrls(id)).toEqual([urlOf(id, 'index.m3u8'), urlOf(id, MP4)])
    expect(await removeUrls(id, MP4)).toMatchObject({ status: 'SUCCESS' })
    expect(await detailsOf(id)).not.toHaveProperty('transcode_info')
    expect(await playUrls(id)).toEqual([urlOf(id, 'index.m3u8')])
  })
  test.each(['waiting', 'running', 'failed'] as const)(
    'there are no outputs while a first one is %s',
    async (state) => {
      const transcode = state === 'failed' ? { state, reason: 'r' } : { state }
      const renditions = ['1/index.m3u8', '2/index.m3u8'].map((playlist) => ({ playlist }))
      const id = await insert({ ...STREAM, transcode, renditions })
      expect(await detailsOf(id)).not.toHaveProperty('transcode_info')
      const urls = ['index.m3u8', '1/index.m3u8', '2/index.m3u8'].map((file) => urlOf(id, file))
      expect(await playUrls(id)).toEqual(urls)
    },
  )
})

test('two calls at once both take effect', async () => {
  const id = await insert()
  const answers = await Promise.all(FILES.map((file) => removeUrls(id, file)))
  expect(answers.map(({ status }) => status)).toEqual(['SUCCESS', 'SUCCESS'])
  expect(await served(id, 'index.m3u8')).toBe(404)
})

test('an unknown, a deleted and a busy asset are refused, and so is a request that says too little', async () => {
  const infos = { delete_type: 'GROUP', delete_infos: [{ group_id: GROUP }] }
  const call = (body: object) => refused(tenant.call('DELETE', PATH, { version: 'v1', body }))
  expect(await call({ asset_id: newAssetId(), ...infos })).toBe('403 VOD.10062')
  const deleted = await insert({ published: false, ingest: { state: 'deleted' } })
  expect(await call({ asset_id: deleted, ...infos })).toBe('404 VOD.10062')
  for (const state of ['waiting', 'running'] as const) {
    const busy = await insert({ transcode: { state } })
    expect(await call({ asset_id: busy, ...infos })).toBe('403 VOD.10083')
    expect(await served(busy, FIRST)).toBe(200)
  }
  const id = await insert()
  const wrong = [
    { ...infos },
    { asset_id: id, delete_type: 'ALL', delete_infos: [{ group_id: GROUP }] },
    { asset_id: id, delete_type: 'GROUP', delete_infos: [] },
    { asset_id: id, delete_type: 'GROUP', delete_infos: [{}] },
    { asset_id: id, delete_type: 'PRODUCT', delete_infos: [{ group_id: GROUP }] },
  ]
  for (const body of wrong) expect([body, await call(body)]).toEqual([body, '403 VOD.10053'])
  expect(await served(id, FIRST)).toBe(200)
})

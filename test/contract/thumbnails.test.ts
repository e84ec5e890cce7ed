import { UpdateCoverByThumbnailReq, UpdateCoverByThumbnailRequest } from '@huaweicloud/huaweicloud-sdk-vod'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { randomId } from '../../src/adapters/random-id.ts'
import { createApiClient } from '../../src/cli/api-client.ts'
import type { Asset } from '../../src/core/catalog/asset.ts'
import { COVER_PATH } from '../../src/core/catalog/object-keys.ts'
import type { AssetId } from '../../src/core/shared/ids.ts'
import { callOperation, insertAsset, MEDIA, newAssetId, refused, SNAPSHOT_TASK } from './asset-fixtures.ts'
import { type ContractServer, refusalOf, startContractServer, type Tenant } from './support.ts'

let server: ContractServer
let tenant: Tenant
beforeAll(async () => {
  server = await startContractServer()
  tenant = server.tenant
})
afterAll(() => server[Symbol.asyncDispose]())

const { settings } = SNAPSHOT_TASK
const insert = (asset: Partial<Asset> = {}) => insertAsset(server, tenant, asset)
/** With its pictures in the store. */
const insertMade = async (offsets: readonly number[], more: Partial<Asset> = {}) => {
  const task = randomId()
  const id = await insert({ snapshots: { state: 'succeeded', task, settings, offsets }, published: true, ...more })
  const { store, config } = server.foundation
  for (const offset of offsets) {
    const key = `${tenant.projectId}/${id}/snapshot/sample/${offset}.jpg`
    await store.put({ bucket: config.vodBucket, key }, Buffer.from(`picture ${offset}`), { contentType: 'image/jpeg' })
  }
  return { id, task }
}
const urlOf = (id: string, offset: number) => `${server.url}/asset/${id}/snapshot/sample/${offset}.jpg`
const details = async (id: string) => callOperation(tenant, 'showAssetDetail', { query: `asset_id=${id}` })
const listed = async (id: AssetId) => {
  const { assets } = await callOperation(tenant, 'listAssetList', { query: `asset_id=${id}` })
  return `${assets[0].thumbnail_status} ${assets[0].exec_desc}`
}

describe('an asset', () => {
  test('lists its snapshots in the list of their type', async () => {
    const { id } = await insertMade([0, 5])
    expect((await details(id)).thumbnail_info).toEqual({
      ...{ thumbnail_status: 'THUMBNAIL_SUCCEED', exec_desc: 'Thumbnail success', dots: [], quantity: [] },
      sample: [
        { offset: 0, url: urlOf(id, 0) },
        { offset: 5, url: urlOf(id, 5) },
      ],
    })
    const dotted = { ...settings, points: { type: 'points', seconds: [5, 90] } } as const
    const note = 'Behind the end of the film and skipped: 90 s'
    const snapshots = { state: 'succeeded', task: randomId(), settings: dotted, offsets: [5], note } as const
    const other = await insert({ snapshots })
    expect((await details(other)).thumbnail_info).toEqual({
      ...{ thumbnail_status: 'THUMBNAIL_SUCCEED', exec_desc: `Thumbnail success. ${note}`, sample: [], quantity: [] },
      dots: [{ offset: 5, url: urlOf(other, 5) }],
    })
  })

  test('says how its snapshots stand, in lists and by filter', async () => {
    const project = await server.addProject('states')
    const task = () => ({ task: randomId(), settings })
    const states: Readonly<Record<string, Asset['snapshots']>> = {
      none: { state: 'none' },
      wanted: { state: 'wanted', ...task() },
      running: { state: 'running', ...task() },
      made: { state: 'succeeded', ...task(), offsets: [0] },
      failed: { state: 'failed', ...task(), reason: 'too dark' },
    }
    for (const [title, snapshots] of Object.entries(states)) await insertAsset(server, project, { title, snapshots })
    const find = async (query: string) =>
      (await callOperation(project, 'listAssetList', { query: `order=asc&${query}` })).assets.map(
        ({ title, thumbnail_status: status }: Record<string, string>) => `${title} ${status}`,
      )
    expect((await find('')).toSorted()).toEqual([
      ...['failed THUMBNAIL_FAILED', 'made THUMBNAIL_SUCCEED', 'none UN_THUMBNAIL', 'running THUMBNAILING'],
      'wanted UN_THUMBNAIL',
    ])
    expect(await find('status=THUMBNAILING')).toEqual(['running THUMBNAILING'])
    expect(await find('status=THUMBNAIL_SUCCEED')).toEqual(['made THUMBNAIL_SUCCEED'])
    expect(await find('status=THUMBNAIL_FAILED')).toEqual(['failed THUMBNAIL_FAILED'])
  })

  test('has no section while there is nothing, and tells why there is nothing', async () => {
    const failed = { state: 'failed', task: randomId(), settings, reason: 'too dark' } as const
    const id = await insert({ snapshots: failed })
    expect(await details(id)).not.toHaveProperty('thumbnail_info')
    expect(await listed(id)).toBe('THUMBNAIL_FAILED asset_exec_desc:Asset is unpublished;thumbnail_exec_desc:too dark;')
  })

  test('ends its snapshots when its work is cancelled, and has its first frame as cover then', async () => {
    const id = await insert({ media: MEDIA, snapshots: { state: 'running', task: randomId(), settings } })
    const call = createApiClient({ endpoint: server.url, key: tenant.key })
    await call('POST', `/telecine/v1/${tenant.projectId}/assets/cancel`, { asset_id: id })
    expect(await listed(id)).toContain('THUMBNAIL_FAILED')
    expect((await server.foundation.engine.workOf(id)).map(({ kind }) => kind)).toContain('cover')
  })
})

describe('snapshot tasks', () => {
  const tasks = (query: string, by = tenant) => callOperation(by, 'listThumbnailInfo', { query })

  test('are listed with their parameters: of an asset, one of them, or all of a project', async () => {
    const other = await server.addProject('many tasks')
    const made = { state: 'succeeded', settings, offsets: [0, 5, 10] } as const
    const bars = {
      ...settings,
      points: { type: 'count', count: 3 },
      shape: '16:9',
      maxSide: 640,
      coverPosition: 2,
    } as const
    const id = await insertAsset(server, other, {
      ...{ snapshots: { ...made, task: 'a'.repeat(32) }, createdAt: new Date(2000) },
    })
    const waiting = { state: 'running', settings: bars, task: 'b'.repeat(32) } as const
    await insertAsset(server, other, { snapshots: waiting, createdAt: new Date(1000) })
    await insertAsset(server, other)
    const para = { type: 'time', time: 5, cover_position: 1, format: 1, aspect_ratio: 0 }
    const first = { task_id: 'a'.repeat(32), thumbnail_para: para, thumbnail_count: 3 }
    expect(await tasks(`asset_id=${id}`, other)).toEqual({ total: 1, thumbnails: [first] })
    expect(await tasks('', other)).toMatchObject({ total: 2, thumbnails: [first, { thumbnail_count: 0 }] })
    expect(await tasks('offset=1&limit=1', other)).toEqual({
      total: 2,
      thumbnails: [
        {
          ...{ task_id: 'b'.repeat(32), thumbnail_count: 0 },
          thumbnail_para: {
            ...{ type: 'quantity', quantity: 3, cover_position: 2, format: 1, aspect_ratio: 1, max_length: 640 },
          },
        },
      ],
    })
    expect(await tasks(`task_id=${'b'.repeat(32)}`, other)).toMatchObject({ total: 1 })
    for (const query of [`asset_id=${newAssetId()}`, 'asset_id=nonsense', `asset_id=${id}&task_id=${'b'.repeat(32)}`]) {
      expect(await tasks(query, other)).toEqual({ total: 0, thumbnails: [] })
    }
    // Another project's do not exist.
    expect(await tasks(`asset_id=${id}`)).toEqual({ total: 0, thumbnails: [] })
  })

  test('list their snapshots in pages', async () => {
    const { id, task } = await insertMade([0, 5, 10, 15])
    const pages = (query: string) => callOperation(tenant, 'listThumbnailDetails', { query: `task_id=${task}${query}` })
    expect(await pages('&offset=1&limit=2')).toEqual({
      total: 4,
      thumbnail_result: [
        { offset: 5, url: urlOf(id, 5) },
        { offset: 10, url: urlOf(id, 10) },
      ],
    })
    expect((await pages('')).thumbnail_result).toHaveLength(4)
    expect((await fetch(urlOf(id, 5))).status).toBe(200)
  })

  test.each([
    ['/asset/thumbnails', 'limit=0', 'limit'],
    ['/asset/thumbnails', 'limit=101', 'limit'],
    ['/asset/thumbnails', 'offset=20001', 'offset'],
    ['/asset/thumbnail/details', '', 'task_id'],
    ['/asset/thumbnail/details', `task_id=${'0'.repeat(32)}&limit=101`, 'limit'],
    ['/asset/thumbnail/details', `task_id=${'0'.repeat(32)}&offset=-1`, 'offset'],
  ])('GET %s?%s is refused by name', async (path, query, field) => {
    const call = tenant.call('GET', path, { version: 'v1', query })
    expect(await refused(call)).toBe('400 VOD.10053')
    expect(Object((await call).body).error_msg).toContain(`illegal field: ${field}.`)
  })

  test('that nobody knows, or of another project, have no details', async () => {
    const { task } = await insertMade([0])
    const other = await server.addProject('curious')
    const ask = (by: Tenant, id: string) =>
      refused(by.call('GET', '/asset/thumbnail/details', { version: 'v1', query: `task_id=${id}` }))
    expect([await ask(other, task), await ask(tenant, 'nonsense')]).toEqual(['400 VOD.10062', '400 VOD.10062'])
  })
})

describe('deleting snapshots', () => {
  const remove = (query: string) => callOperation(tenant, 'deleteThumbnails', { query })
  const refusedRemoval = (query: string, by = tenant) =>
    refused(by.call('DELETE', '/asset/thumbnails', { version: 'v1', query }))

  test('takes them from lists and viewers at once, and leaves the cover', async () => {
    const { id, task } = await insertMade([0], { cover: COVER_PATH })
    const unknown = '0'.repeat(32)
    expect(await remove(`asset_id=${id}&task_id=${task},${unknown}`)).toEqual({
      delete_result_array: [
        { asset_id: id, task_id: task, status: 'DELETED' },
        { asset_id: id, task_id: unknown, status: 'FAILED' },
      ],
    })
    expect(await details(id)).not.toHaveProperty('thumbnail_info')
    expect((await fetch(urlOf(id, 0))).status).toBe(404)
    expect(await listed(id)).toMatch(/^UN_THUMBNAIL /)
    expect((await details(id)).base_info.cover_info_array).toHaveLength(1)
    const work = await server.foundation.engine.workOf(id)
    expect(work.map(({ kind }) => kind)).toEqual(['sweep', 'sweep', 'sweep'])
    expect(await refusedRemoval(`asset_id=${id}&task_id=${task}`)).toBe('400 VOD.10062')
  })

  test('of a task that failed leaves what the one before made, which is listed again and can be deleted itself', async () => {
    const note = 'Behind the end of the film and skipped: 90 s'
    const before = { task: randomId(), settings, offsets: [0, 5], note }
    const failed = { state: 'failed', task: randomId(), settings, reason: 'too dark', before } as const
    const { id } = await insertMade([0, 5], { snapshots: failed })
    const views = async () => (await fetch(urlOf(id, 5))).status
    const listedTasks = async () =>
      (await callOperation(tenant, 'listThumbnailInfo', { query: `asset_id=${id}` })).thumbnails
    expect([await views(), await refusedRemoval(`asset_id=${id}&task_id=${before.task}`)]).toEqual([
      ...[200, '400 VOD.10062'],
    ])
    expect(await remove(`asset_id=${id}&task_id=${failed.task}`)).toMatchObject({
      delete_result_array: [{ task_id: failed.task, status: 'DELETED' }],
    })
    expect([await views(), await listedTasks()]).toEqual([
      ...[200, [expect.objectContaining({ task_id: before.task, thumbnail_count: 2 })]],
    ])
    expect((await details(id)).thumbnail_info).toMatchObject({
      ...{ thumbnail_status: 'THUMBNAIL_SUCCEED', exec_desc: `Thumbnail success. ${note}` },
      sample: [{ offset: 0 }, { offset: 5 }],
    })
    await remove(`asset_id=${id}&task_id=${before.task}`)
    expect([await views(), await listedTasks()]).toEqual([404, []])
  })

  test('needs an asset, its task, and that it has ended', async () => {
    const { id, task } = await insertMade([0])
    const running = await insert({ snapshots: { state: 'running', task: randomId(), settings } })
    const busy = await server.foundation.reader.assetById(running)
    const runningTask = busy?.snapshots.state === 'running' ? busy.snapshots.task : ''
    expect(await refusedRemoval(`asset_id=${running}&task_id=${runningTask}`)).toBe('400 VOD.10083')
    expect(await refusedRemoval(`asset_id=${newAssetId()}&task_id=${task}`)).toBe('400 VOD.10062')
    expect(await refusedRemoval(`asset_id=${running}&task_id=${task}`)).toBe('400 VOD.10062')
    expect(await refusedRemoval(`asset_id=${id}&task_id=${task}`, await server.addProject('thief'))).toBe(
      '400 VOD.10062',
    )
    expect(await refusedRemoval(`task_id=${task}`)).toBe('400 VOD.10053')
    expect(await refusedRemoval(`asset_id=${id}`)).toBe('400 VOD.10053')
    const eleven = Array.from({ length: 11 }, () => randomId())
    expect(await refusedRemoval(`asset_id=${id}&task_id=${eleven}`)).toBe('400 VOD.10053')
    expect((await details(id)).thumbnail_info.sample).toHaveLength(1)
  })
})

describe('a snapshot becomes the cover', () => {
  const choose = (thumbnailUrl: string, by = tenant) =>
    by.vod.updateCoverByThumbnail(
      new UpdateCoverByThumbnailRequest().withBody(new UpdateCoverByThumbnailReq(thumbnailUrl)),
    )

  test('by its URL, through the SDK', async () => {
    const { id } = await insertMade([0, 5])
    expect(await choose(urlOf(id, 5))).toMatchObject({ httpStatusCode: 204 })
    const { cover_url: url } = (await details(id)).base_info.cover_info_array[0]
    expect(await (await fetch(url)).text()).toBe('picture 5')
    // Under another name of the same service.
    await choose(`https://play.example.net/asset/${id}/snapshot/sample/0.jpg`)
    expect(await (await fetch(url)).text()).toBe('picture 0')
  })

  test('only if it is one', async () => {
    const { id } = await insertMade([0])
    const urls = [urlOf(id, 5), urlOf(newAssetId(), 0), `${server.url}/asset/${id}/cover/Cover0.jpg`, 'nonsense']
    for (const url of urls) expect(await refusalOf(choose(url))).toMatchObject({ status: 400, code: 'VOD.10062' })
    const other = await server.addProject('jealous')
    expect(await refusalOf(choose(urlOf(id, 0), other))).toMatchObject({ status: 400, code: 'VOD.10062' })
    expect(await refused(tenant.call('PUT', '/asset/cover', { body: {} }))).toBe('400 VOD.10053')
    expect((await details(id)).base_info.cover_info_array).toEqual([])
  })
})

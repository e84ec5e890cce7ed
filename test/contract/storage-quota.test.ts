import {
  FileAddr,
  PublishAssetFromObsReq,
  PublishAssetFromObsRequest,
  PublishAssetFromObsReqVideoTypeEnum,
} from '@huaweicloud/huaweicloud-sdk-vod'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { callOperation, countRows, insertAsset, MEDIA, newAssetId, outcomeOf, refused } from './asset-fixtures.ts'
import { type ContractServer, REGION, refusalOf, startContractServer, type Tenant } from './support.ts'

let server: ContractServer
beforeAll(async () => {
  server = await startContractServer()
})
afterAll(() => server[Symbol.asyncDispose]())

let number = 0

/** A project with a bucket of its own, in which a film of 5 bytes lies; the tenant is the operator. */
const newProject = async () => {
  const name = `quota-${++number}`
  const tenant = await server.addProject(name)
  const { store } = server.foundation
  await store.createBucket(`bucket-${name}`)
  await store.put({ bucket: `bucket-${name}`, key: 'film.mp4' }, Buffer.from('bytes'), { contentType: 'video/mp4' })
  await server.auth.authorizeBucket({ projectId: tenant.projectId, bucket: `bucket-${name}`, operation: 'grant' })
  const setQuota = (quota_bytes: unknown) => tenant.native('PUT', '/projects/storage-quota', { name, quota_bytes })
  return { name, tenant, bucket: `bucket-${name}`, setQuota }
}

const publish = (tenant: Tenant, bucket: string, inPlace = false) => {
  const body = new PublishAssetFromObsReq(PublishAssetFromObsReqVideoTypeEnum.MP4, 'A film')
    .withInput(new FileAddr(bucket, REGION, 'film.mp4'))
    .withStorageMode(inPlace ? 1 : 0)
    .withOutputBucket(bucket)
    .withOutputPath('/out/')
  return tenant.vod.publishAssetFromObs(new PublishAssetFromObsRequest().withBody(body))
}
const storageOf = async (tenant: Tenant) => Object(await tenant.native('GET', '/storage'))

describe('the storage of a project', () => {
  test('counts sources and outputs that lie in the service bucket, and has no quota by default', async () => {
    const { tenant } = await newProject()
    const source = { bucket: 'studio-raw', key: 'in/film.mp4', sizeBytes: 100, etag: 'e' }
    const renditions = [{ sizeBytes: 40 }, { sizeBytes: 40, format: 'DASH' }, { sizeBytes: 7, format: 'MP4' }] as const
    await insertAsset(server, tenant, { source, renditions })
    await insertAsset(server, tenant, { source, renditions, sourceRemoved: true })
    await insertAsset(server, tenant, { source, ingest: { state: 'failed', reason: 'gone' } })
    await insertAsset(server, tenant, { source, ingest: { state: 'deleted' } })
    expect(await storageOf(tenant)).toEqual({ used_bytes: 100 + 47 + 47, quota_bytes: 0 })
  })
  test('falls with a deletion', async () => {
    const { tenant, bucket } = await newProject()
    const renditions = [{ sizeBytes: 40 }]
    const id = await insertAsset(server, tenant, { renditions })
    expect((await storageOf(tenant)).used_bytes).toBe(7_741_040)
    await callOperation(tenant, 'deleteAssets', { query: `asset_id=${id}` })
    expect((await storageOf(tenant)).used_bytes).toBe(0)
    await publish(tenant, bucket)
    expect((await storageOf(tenant)).used_bytes).toBe(5)
  })
})

describe('a quota', () => {
  test('refuses the import that does not fit any more, with used and allowed bytes, and changes nothing', async () => {
    const { tenant, bucket, setQuota } = await newProject()
    await setQuota(9)
    expect(await publish(tenant, bucket)).toMatchObject({ httpStatusCode: 200 })
    const before = await countRows(server)
    expect(await refusalOf(publish(tenant, bucket))).toMatchObject({
      ...{ status: 403, code: 'TELECINE.1001' },
      message: 'The storage quota of the project is full: 5 of 9 bytes are used, 5 more are needed.',
    })
    expect(await countRows(server)).toEqual(before)
    expect(await publish(tenant, bucket, true)).toMatchObject({ httpStatusCode: 200 })
    expect(await storageOf(tenant)).toEqual({ used_bytes: 5, quota_bytes: 9 })
    await setQuota(0)
    expect(await publish(tenant, bucket)).toMatchObject({ httpStatusCode: 200 })
  })
  test('is not overshot by calls at once: exactly those that fit are accepted', async () => {
    const { tenant, bucket, setQuota } = await newProject()
    await setQuota(17)
    const outcomes = await Promise.all(Array.from({ length: 12 }, () => outcomeOf(publish(tenant, bucket))))
    expect(outcomes.filter((outcome) => outcome === 'accepted')).toHaveLength(3)
    expect(await storageOf(tenant)).toEqual({ used_bytes: 15, quota_bytes: 17 })
  })
  test('that is full refuses transcodes and extractions, but not those that stay with the tenant', async () => {
    const { tenant, bucket, setQuota } = await newProject()
    const id = await insertAsset(server, tenant, { media: MEDIA })
    const inPlace = await insertAsset(server, tenant, { media: MEDIA, output: { bucket, path: 'out/' } })
    await setQuota(7_741_000)
    const order = (asset_id: string) =>
      tenant.call('POST', '/asset/process', { body: { asset_id, template_group_name: 'system_template_group' } })
    const extract = () =>
      tenant.call('POST', '/asset/extract_audio', { body: { asset_id: id, parameter: { format: 'MP3' } } })
    const before = await countRows(server)
    expect([await refused(order(id)), await refused(extract())]).toEqual(['403 TELECINE.1001', '403 TELECINE.1001'])
    expect(await countRows(server)).toEqual(before)
    expect((await order(inPlace)).status).toBeLessThan(300)
    await setQuota(7_741_001)
    expect([(await order(id)).status < 300, (await extract()).status < 300]).toEqual([true, true])
  })
  test('that is full does not fail what was asked for before: the sound of a workflow is still made', async () => {
    const { tenant, setQuota } = await newProject()
    const audio = { id: newAssetId(), format: 'MP3', bucket: 'vod', path: 'sound.mp3' } as const
    const workflow = { name: 'sound', tasks: ['extraction'], audio } as const
    const id = await insertAsset(server, tenant, { media: MEDIA, workflow })
    await setQuota(7_741_000)
    await server.foundation.transactions.write((tx) => tx.record(id, { type: 'probed' }))
    const { tasks } = await tenant.native('GET', `/assets/workflow?asset_id=${id}`)
    expect(tasks).toEqual([{ task: 'extract_audio', state: 'waiting', audio_asset_id: audio.id }])
  })
  test('may be below what is used: nothing goes, nothing comes', async () => {
    const { tenant, bucket, setQuota } = await newProject()
    await publish(tenant, bucket)
    await setQuota(1)
    expect(await storageOf(tenant)).toEqual({ used_bytes: 5, quota_bytes: 1 })
    expect(await outcomeOf(publish(tenant, bucket))).not.toBe('accepted')
  })
  test('is set by operators only, and a bad value is named and changes nothing', async () => {
    const { name, tenant, setQuota } = await newProject()
    await setQuota(10)
    for (const quota_bytes of [-1, 1.5, 'many', 2 ** 53, undefined]) {
      const body = { name, quota_bytes }
      const call = tenant.call('PUT', '/projects/storage-quota', { version: 'telecine/v1', body })
      expect((await call).body).toMatchObject({
        ...{ error_code: 'VOD.10053', error_msg: expect.stringContaining('quota_bytes') },
      })
    }
    expect(await outcomeOf(tenant.native('PUT', '/projects/storage-quota', { name: 'nobody', quota_bytes: 1 }))).toBe(
      '404 TELECINE.0404',
    )
    const member = await server.addTenant('quota-member')
    expect(await outcomeOf(member.native('PUT', '/projects/storage-quota', { name, quota_bytes: 0 }))).toBe(
      '403 VOD.10074',
    )
    expect(Object(await tenant.native('GET', '/storage')).quota_bytes).toBe(10)
    expect(await member.native('GET', '/storage')).toEqual({ used_bytes: 0, quota_bytes: 0 })
  })
})

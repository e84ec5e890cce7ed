import { UpdateBucketAuthorizedReq, UpdateBucketAuthorizedRequest } from '@huaweicloud/huaweicloud-sdk-vod'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { callOperation, countRows, refused } from './asset-fixtures.ts'
import { type ContractServer, REGION, refusalOf, startContractServer, type Tenant } from './support.ts'

const PATH = '/asset/authority'

let server: ContractServer
let tenant: Tenant
beforeAll(async () => {
  server = await startContractServer()
  tenant = server.tenant
})
afterAll(() => server[Symbol.asyncDispose]())

const put = (body: unknown, by = tenant) => by.call('PUT', PATH, { body })
const change = (bucket: string, operation: unknown) =>
  callOperation(tenant, 'updateBucketAuthorized', { body: { bucket, operation } })
const bucketNamed = async (name: string): Promise<string> => {
  await server.foundation.store.createBucket(name)
  const object = { bucket: name, key: 'film.mp4' }
  await server.foundation.store.put(object, Buffer.from('bytes'), { contentType: 'video/mp4' })
  return name
}
/** What an import from the bucket meets. */
const importFrom = (bucket: string, by = tenant): Promise<string> => {
  const input = { bucket, location: REGION, object: 'nothing.mp4' }
  return refused(by.call('POST', '/asset/reproduction', { body: { video_type: 'MP4', title: 'A', input } }))
}

describe('a grant', () => {
  test('lets imports in, a revocation keeps them out; repeats change nothing', async () => {
    const bucket = await bucketNamed('studio-raw')
    expect(await importFrom(bucket)).toBe('400 VOD.10114')
    for (const operation of ['1', 1]) expect(await change(bucket, operation)).toEqual({})
    expect(await importFrom(bucket)).toBe('400 VOD.10003')
    for (const operation of ['0', 0]) expect(await change(bucket, operation)).toEqual({})
    expect(await importFrom(bucket)).toBe('400 VOD.10114')
  })
  test('makes the bucket the project’s own, also after it was revoked', async () => {
    const bucket = await bucketNamed('mine')
    const other = await server.addTenant('neighbour')
    await change(bucket, '1')
    await change(bucket, '0')
    expect(await refused(put({ bucket, operation: '1' }, other))).toBe('403 VOD.10138')
    expect(await refused(put({ bucket, operation: '0' }, other))).toBe('403 VOD.10138')
    expect(await importFrom(bucket, other)).toBe('400 VOD.10114')
  })
  test('of a bucket that nobody has is refused; its revocation is nothing to do', async () => {
    expect(await refused(put({ bucket: 'nobody-has-this', operation: '1' }))).toBe('403 VOD.10075')
    expect(await refused(put({ bucket: '../mine', operation: '1' }))).toBe('403 VOD.10075')
  })
  test('of the service bucket is refused', async () => {
    expect(await refused(put({ bucket: server.foundation.config.vodBucket, operation: '1' }))).toBe('403 VOD.10138')
  })
})

test.each([
  ['bucket', { operation: '1' }],
  ['bucket', { bucket: '', operation: '1' }],
  ['bucket', { bucket: 'b'.repeat(256), operation: '1' }],
  ['operation', { bucket: 'mine' }],
  ['operation', { bucket: 'mine', operation: '2' }],
  ['operation', { bucket: 'mine', operation: true }],
])('a wrong %s is named (%#)', async (field, body) => {
  const before = await countRows(server)
  const call = put(body)
  expect(await refused(call)).toBe('403 VOD.10053')
  expect(Object((await call).body).error_msg).toContain(`illegal field: ${field}.`)
  expect(await countRows(server)).toEqual(before)
})

test('the SDK grants, and shows a refusal', async () => {
  const grant = (bucket: string) =>
    tenant.vod.updateBucketAuthorized(
      new UpdateBucketAuthorizedRequest().withBody(new UpdateBucketAuthorizedReq(bucket, '1')),
    )
  expect(await grant(await bucketNamed('by-sdk'))).toMatchObject({ httpStatusCode: 200 })
  expect(await refusalOf(grant('nobody-has-this'))).toMatchObject({
    ...{ status: 403, code: 'VOD.10075' },
    message: expect.stringMatching(
      /, please check\. There is no bucket nobody-has-this in this object storage; a bucket is a folder in `buckets` of the data folder\.$/,
    ),
  })
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import { signRequest } from '../../src/wire/signing/sign-request.ts'
import { type Answer, startDialect } from '../adapters/s3-dialect.ts'
import { insertAsset, refused } from './asset-fixtures.ts'
import { type ContractServer, REGION, startContractServer } from './support.ts'

const MALFORMED = '<Error><Code>AuthorizationHeaderMalformed</Code><Message>The region is wrong</Message></Error>'
const ELSEWHERE: Answer = { status: 400, headers: { 'x-amz-bucket-region': 'eu-west-1' } }

/** What the store answers about a bucket or an object; 200 to all else. */
const ANSWERS: Readonly<Record<string, Answer>> = {
  'HEAD /forbidden': { status: 403 },
  'HEAD /elsewhere': { status: 301 },
  'HEAD /misaddressed': ELSEWHERE,
  'HEAD /unknown': { status: 404 },
  'HEAD /unmakeable': { status: 404 },
  'PUT /unmakeable': { status: 403, body: '<Error><Code>AccessDenied</Code></Error>' },
  'HEAD /taken': { status: 301 },
  'PUT /taken': { status: 409, body: '<Error><Code>BucketAlreadyExists</Code></Error>' },
  'PUT /misaddressed': { status: 400, body: MALFORMED },
  'HEAD /Old_Name': { status: 404 },
  'HEAD /studio/denied.mp4': { status: 403 },
  'HEAD /studio/moved.mp4': { status: 301 },
  'HEAD /studio/misaddressed.mp4': ELSEWHERE,
  'HEAD /studio/missing.mp4': { status: 404 },
  'HEAD /studio/broken.mp4': { status: 500 },
  'GET /studio/denied.mp4': { status: 403, body: '<Error><Code>AccessDenied</Code></Error>' },
  'GET /studio/broken.mp4': { status: 501 },
}

let store: Awaited<ReturnType<typeof startDialect>>
let server: ContractServer
beforeAll(async () => {
  store = await startDialect(({ request }) => {
    const { pathname } = new URL(request.url ?? '', 'http://127.0.0.1')
    return ANSWERS[`${request.method} ${pathname.replace(/\/$/, '')}`] ?? { status: 200 }
  })
  server = await startContractServer({
    TELECINE_S3_ENDPOINT: store.endpoint,
    TELECINE_S3_ACCESS_KEY: 'key',
    TELECINE_S3_SECRET_KEY: 'secret',
  })
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await store[Symbol.asyncDispose]()
})

test("what the store refuses is told in the vendor's codes", async () => {
  const { tenant } = server
  const grant = (bucket: string) => tenant.call('PUT', '/asset/authority', { body: { bucket, operation: '1' } })
  expect(await refused(grant('forbidden'))).toBe('403 VOD.10138')
  expect(await refused(grant('elsewhere'))).toBe('403 VOD.10075')
  expect(await refused(grant('misaddressed'))).toBe('403 VOD.10075')
  expect(await refused(grant('unknown'))).toBe('403 VOD.10075')
  expect(Object((await grant('unknown')).body).error_msg).toMatch(
    / There is no bucket unknown in this object storage and region\.$/,
  )
  expect((await grant('studio')).status).toBe(200)
  const importOf = (object: string) => {
    const input = { bucket: 'studio', location: REGION, object }
    return refused(tenant.call('POST', '/asset/reproduction', { body: { video_type: 'MP4', title: 'A film', input } }))
  }
  expect(await importOf('denied.mp4')).toBe('400 VOD.10076')
  expect(await importOf('moved.mp4')).toBe('400 VOD.10076')
  expect(await importOf('misaddressed.mp4')).toBe('400 VOD.10076')
  expect(await importOf('missing.mp4')).toBe('400 VOD.10003')
  expect(await importOf('broken.mp4'), 'not an answer about the object').toContain('VOD.10051')
})

test.each([
  ['forbidden', '400 VOD.10138'],
  ['unmakeable', '400 VOD.10138'],
  ['taken', '400 VOD.10138'],
  ['misaddressed', '400 VOD.10138'],
  ['Old_Name', '400 VOD.10053'],
])('the operator is told that the bucket %s is not to be had', async (bucket, expected) => {
  const { key, projectId } = server.tenant
  const target = `/telecine/v1/${projectId}/buckets`
  const body = Buffer.from(JSON.stringify({ bucket }))
  const headers = { host: new URL(server.url).host, 'content-type': 'application/json' }
  const signed = signRequest({ method: 'POST', target, headers, body }, key, new Date())
  const answer = await fetch(server.url + target, { method: 'POST', headers: signed, body })
  const told: unknown = await answer.json()
  expect(`${answer.status} ${Object(told).error_code}`).toBe(expected)
})

test('a source that the store does not let us read is no film, and its page says what it says without one', async () => {
  const { tenant, url } = server
  await tenant.call('PUT', '/asset/authority', { body: { bucket: 'studio', operation: '1' } })
  const insert = (key: string, more: Parameters<typeof insertAsset>[2]) =>
    insertAsset(server, tenant, {
      ...{ source: { bucket: 'studio', key, sizeBytes: 9, etag: 'e' }, output: { bucket: 'studio', path: 'out/' } },
      ...{ published: true, ...more },
    })
  const stateOf = async (id: string) => {
    const answer = await fetch(`${url}/watch/${id}/state`)
    return [answer.status, Object(await answer.json()).state, (await fetch(`${url}/watch/${id}`)).status]
  }
  const denied = await insert('denied.mp4', { transcode: { state: 'running' } })
  expect(await stateOf(denied)).toEqual([200, 'preparing', 200])
  expect((await fetch(`${url}/asset/${denied}/play_video/source_video/00000.m4s`)).status).toBe(404)
  const broken = await insert('broken.mp4', { transcode: { state: 'failed', reason: 'r' } })
  expect(await stateOf(broken)).toEqual([200, 'failed', 200])
  const done = await insert('denied.mp4', { transcode: { state: 'succeeded' }, renditions: [{}] })
  expect(await stateOf(done)).toEqual([200, 'playable', 200])
  const unseen = await insert('denied.mp4', { published: false, publishWhenReady: true, ingest: { state: 'creating' } })
  expect(await stateOf(unseen)).toEqual([404, undefined, 404])
})

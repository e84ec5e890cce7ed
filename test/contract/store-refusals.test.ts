import { expect, test } from 'vitest'
import { startDialect } from '../adapters/s3-dialect.ts'
import { refused } from './asset-fixtures.ts'
import { REGION, startContractServer } from './support.ts'

/** Status of the store's answer about a bucket or an object. */
const STATUS: Readonly<Record<string, number>> = {
  '/forbidden': 403,
  '/elsewhere': 301,
  '/unknown': 404,
  '/studio/denied.mp4': 403,
  '/studio/moved.mp4': 301,
  '/studio/missing.mp4': 404,
  '/studio/broken.mp4': 500,
}

test("what the store refuses is told in the vendor's codes", async () => {
  await using store = await startDialect(({ request }) => {
    const { pathname } = new URL(request.url ?? '', 'http://127.0.0.1')
    return { status: STATUS[pathname.replace(/\/$/, '')] ?? 200 }
  })
  await using server = await startContractServer({
    TELECINE_S3_ENDPOINT: store.endpoint,
    TELECINE_S3_ACCESS_KEY: 'key',
    TELECINE_S3_SECRET_KEY: 'secret',
  })
  const { tenant } = server
  const grant = (bucket: string) => tenant.call('PUT', '/asset/authority', { body: { bucket, operation: '1' } })
  expect(await refused(grant('forbidden'))).toBe('403 VOD.10138')
  expect(await refused(grant('elsewhere'))).toBe('403 VOD.10075')
  expect(await refused(grant('unknown'))).toBe('403 VOD.10075')
  expect((await grant('studio')).status).toBe(200)
  const importOf = (object: string) => {
    const input = { bucket: 'studio', location: REGION, object }
    return refused(tenant.call('POST', '/asset/reproduction', { body: { video_type: 'MP4', title: 'A film', input } }))
  }
  expect(await importOf('denied.mp4')).toBe('400 VOD.10076')
  expect(await importOf('moved.mp4')).toBe('400 VOD.10076')
  expect(await importOf('missing.mp4')).toBe('400 VOD.10003')
  expect(await importOf('broken.mp4'), 'not an answer about the object').toContain('VOD.10051')
})

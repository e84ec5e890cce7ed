import {
  FileAddr,
  PublishAssetFromObsReq,
  PublishAssetFromObsRequest,
  PublishAssetFromObsReqVideoTypeEnum,
} from '@huaweicloud/huaweicloud-sdk-vod'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { countRows, refused } from './asset-fixtures.ts'
import { BAD_FIELDS, INPUT } from './bad-fields.ts'
import { type ContractServer, REGION, refusalOf, startContractServer, type Tenant } from './support.ts'

const PATH = '/asset/reproduction'
const GOOD = { video_type: 'MP4', title: 'A film', input: INPUT }

let server: ContractServer
let tenant: Tenant
let before: unknown
beforeAll(async () => {
  server = await startContractServer()
  tenant = server.tenant
  const { store } = server.foundation
  for (const bucket of ['studio-raw', 'not-granted', 'revoked']) {
    await store.createBucket(bucket)
    await store.put({ bucket, key: 'in/film.mp4' }, Buffer.from('bytes'), { contentType: 'video/mp4' })
  }
  const { projectId } = tenant
  await server.auth.authorizeBucket({ projectId, bucket: 'studio-raw', operation: 'grant' })
  await server.auth.authorizeBucket({ projectId, bucket: 'revoked', operation: 'grant' })
  await server.auth.authorizeBucket({ projectId, bucket: 'revoked', operation: 'revoke' })
  before = await countRows(server)
})
// The one thing that every refusal has in common: it changes nothing.
afterAll(async () => {
  expect(await countRows(server)).toEqual(before)
  await server[Symbol.asyncDispose]()
})

const post = (body: unknown) => tenant.call('POST', PATH, { body })

describe('a field', () => {
  test.each(BAD_FIELDS.map(([field, members], n) => ({ field, members, n })))(
    'is named when it is wrong: $field ($n)',
    async ({ field, members }) => {
      const { status, body } = await post({ ...GOOD, ...members })
      const { error_code: code, error_msg: message } = Object(body)
      expect([status, code]).toEqual([400, 'VOD.10053'])
      expect(message).toContain(`The request parameter is illegal, illegal field: ${field}. `)
    },
  )
})

describe('of several mistakes the first in this order is told', () => {
  // Each body mends the first mistake of the one before it.
  const wrong = {
    ...GOOD,
    ...{ title: '', category_id: 2_000_000_000, template_group_name: 'nobody' },
    input: { bucket: 'not-granted', location: 'mars-1', object: 'nothing' },
  }
  const titled = { ...wrong, title: 'A film' }
  const here = { ...titled, input: { ...titled.input, location: REGION } }
  const granted = { ...here, input: { ...here.input, bucket: 'studio-raw' } }
  const there = { ...granted, input: INPUT }
  const filed = { ...there, category_id: -1 }
  test.each([
    ['fields', wrong, 'VOD.10053'],
    ['region', titled, 'VOD.10075'],
    ['grant', here, 'VOD.10114'],
    ['object', granted, 'VOD.10003'],
    ['category', there, 'VOD.10064'],
    ['template group', filed, 'VOD.10053'],
  ])('%s', async (_, body, code) => {
    expect(await refused(post(body))).toBe(`400 ${code}`)
  })
  test('the right region is named beside the wrong one', async () => {
    const input = new FileAddr('studio-raw', 'mars-1', 'in/film.mp4')
    const request = new PublishAssetFromObsRequest().withBody(
      new PublishAssetFromObsReq(PublishAssetFromObsReqVideoTypeEnum.MP4, 'A film').withInput(input),
    )
    expect(await refusalOf(tenant.vod.publishAssetFromObs(request))).toMatchObject({
      ...{ status: 400, code: 'VOD.10075' },
      message: expect.stringMatching(/, please check\. location must be cn-north-4, it is mars-1\.$/),
    })
  })
  test('the unknown template group is named', async () => {
    expect(Object((await post(filed)).body).error_msg).toContain('illegal field: template_group_name.')
  })
})

describe('a bucket', () => {
  test.each(['not-granted', 'revoked', 'there-is-no-such-bucket', `vod-bucket-1-${REGION}`])(
    '%s is not authorised',
    async (bucket) => {
      expect(await refused(post({ ...GOOD, input: { ...INPUT, bucket } }))).toBe('400 VOD.10114')
    },
  )
  test('that another project authorised is not authorised either', async () => {
    const other = await server.addProject('neighbour')
    expect(await refused(other.call('POST', PATH, { body: GOOD }))).toBe('400 VOD.10114')
  })
  test.each(['../studio-raw', 'studio-raw/in', '.', '..', '/'])('named "%s" leads nowhere', async (bucket) => {
    expect(await refused(post({ ...GOOD, input: { ...INPUT, bucket } }))).toBe('400 VOD.10114')
  })
})

test.each(['in/', 'in', '/in/film.mp4', '../revoked/in/film.mp4', 'in//film.mp4', 'in/./film.mp4', 'IN/FILM.MP4'])(
  'there is no object "%s"',
  async (object) => {
    expect(await refused(post({ ...GOOD, input: { ...INPUT, object } }))).toBe('400 VOD.10003')
  },
)

test.each([0, 999_999, -2, 2 ** 31, -(2 ** 40), '2147483648'])('category %d does not exist', async (categoryId) => {
  expect(await refused(post({ ...GOOD, category_id: categoryId }))).toBe('400 VOD.10064')
})

test("another project's category does not exist", async () => {
  const other = await server.addProject('cataloguer')
  const { body } = await other.call('POST', '/asset/category', { body: { name: 'theirs' } })
  expect(await refused(post({ ...GOOD, category_id: Object(body).id }))).toBe('400 VOD.10064')
})

describe('a body', () => {
  test.each(['{"title":', '', '[]', 'null', '"text"', '{"title":"a"} {}', '{title:1}'])(
    '%s is refused',
    async (body) => {
      const answer = tenant.call('POST', PATH, { body })
      expect(await refused(answer)).toBe('400 VOD.10053')
      expect(Object((await answer).body).error_msg).toContain('illegal field: body.')
    },
  )
  test.each(['text/plain', 'application/x-www-form-urlencoded', 'application/xml', ''])(
    'of type "%s" is refused',
    async (type) => {
      const headers = { 'content-type': type }
      expect(await refused(tenant.call('POST', PATH, { body: GOOD, headers }))).toBe('400 VOD.10059')
    },
  )
  test('of 12 MB is read, one byte more is not', async () => {
    const bodyOf = (bytes: number) => {
      const empty = JSON.stringify({ ...GOOD, video_type: 'EXE', surprise: '' })
      return empty.replace('"surprise":""', `"surprise":"${'x'.repeat(bytes - empty.length)}"`)
    }
    const most = 12 * 1024 * 1024
    expect(await refused(tenant.call('POST', PATH, { body: bodyOf(most) }))).toBe('400 VOD.10053')
    expect(await refused(tenant.call('POST', PATH, { body: bodyOf(most + 1) }))).toBe('413 APIGW.0201')
  })
})

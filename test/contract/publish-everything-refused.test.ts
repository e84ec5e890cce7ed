import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { everythingBelow, rowsByTable } from '../support/remains.ts'
import { callOperation, refused } from './asset-fixtures.ts'
import { BAD_FIELDS, INPUT } from './bad-fields.ts'
import { type ContractServer, startContractServer, type Tenant } from './support.ts'
import { addWatermark, PATH as WATERMARKS } from './watermark-fixtures.ts'
import { everything, systemReview } from './workflow-fixtures.ts'

// The whole request, everything that it names is there, and then one thing of it is wrong.
let server: ContractServer
let tenant: Tenant
let mark: string
let whole: object
beforeAll(async () => {
  server = await startContractServer({ TELECINE_FETCH_ALLOW_PRIVATE: 'true', TELECINE_EDGE_URLS: 'http://127.0.0.1:1' })
  tenant = server.tenant
  const { store } = server.foundation
  for (const bucket of ['studio-raw', 'not-granted']) {
    await store.createBucket(bucket)
    await store.put({ bucket, key: 'in/film.mp4' }, Buffer.from('bytes'), { contentType: 'video/mp4' })
  }
  await server.auth.authorizeBucket({ projectId: tenant.projectId, bucket: 'studio-raw', operation: 'grant' })
  // Somebody listens: what happens to an asset would be an event.
  await tenant.native('POST', '/webhooks', { url: 'http://127.0.0.1:1/' })
  const review = await systemReview(tenant)
  await tenant.native('POST', '/workflows', { name: 'ours', tasks: everything(review) })
  mark = await addWatermark(tenant, { name: 'ours' })
  const quality_info_list = [{ format: 'DASH_HLS', video: { quality: 'SD', width: 640, height: 360 } }]
  const group = { name: 'ours', type: 'custom_template_group', quality_info_list, watermark_template_ids: [mark] }
  await callOperation(tenant, 'createTemplateGroup', { body: group })
  const category = await callOperation(tenant, 'createAssetCategory', { body: { name: 'nature' } })
  whole = {
    ...{ video_type: 'MP4', title: 'A film', description: 'of the sea', category_id: category.id, tags: 'sea,archive' },
    ...{ input: INPUT, storage_mode: 1, output_bucket: 'studio-raw', output_path: 'out' },
    ...{ auto_publish: 1, auto_encrypt: 1, auto_preheat: 1, template_group_name: 'ours', workflow_name: 'ours' },
    ...{ thumbnail: { type: 'dots', dots: [1, 2], cover_position: 2 }, review: { template_id: review } },
  }
})
afterAll(() => server[Symbol.asyncDispose]())

const post = (members: object) => tenant.call('POST', '/asset/reproduction', { body: { ...whole, ...members } })

/** All rows but those of the audit log, which has refused calls, too; all files of all buckets. */
const present = async () => {
  const { audit_entry: _, ...rows } = await rowsByTable(server.foundation.db)
  return { rows, files: await everythingBelow(server.foundation.config.dataDir) }
}

const refusedWithoutTrace = async (members: object): Promise<string> => {
  const before = await present()
  const { status, body } = await post(members)
  const { error_code: code, error_msg: message } = Object(body)
  expect(await present()).toEqual(before)
  return `${status} ${code}: ${message}`
}

describe('one thing wrong in the whole request makes nothing:', () => {
  test.each(BAD_FIELDS.map(([field, members], n) => ({ field, members, n })))(
    '$field ($n)',
    async ({ field, members }) => {
      const answer = await refusedWithoutTrace(members)
      expect(answer).toContain(`400 VOD.10053: The request parameter is illegal, illegal field: ${field}. ${field} `)
    },
  )

  test.each([
    [
      'the region',
      { input: { ...INPUT, location: 'mars-1' } },
      '400 VOD.10075',
      'location must be cn-north-4, it is mars-1',
    ],
    ['the bucket', { input: { ...INPUT, bucket: 'not-granted' } }, '400 VOD.10114', 'Authorize not-granted first'],
    ['the output bucket', { output_bucket: 'not-granted' }, '400 VOD.10114', 'Authorize not-granted first'],
    ['the object', { input: { ...INPUT, object: 'in/none.mp4' } }, '400 VOD.10003', 'key does not exist'],
    ['the category', { category_id: 999_999 }, '400 VOD.10064', 'classification does not exist'],
    ['the template group', { template_group_name: 'nobody' }, '400 VOD.10053', 'illegal field: template_group_name.'],
  ])('%s', async (_, members, code, says) => {
    const answer = await refusedWithoutTrace(members)
    expect([answer.slice(0, code.length), answer]).toEqual([code, expect.stringContaining(says)])
  })

  test('no place where players get the keys', async () => {
    await tenant.native('PUT', '/settings/key-url', { key_service: false })
    expect(await refusedWithoutTrace({})).toBe('400 VOD.10100: The URL for obtaining the key is not configured.')
    await tenant.native('PUT', '/settings/key-url', { key_service: true })
  })

  test('no room for a copy', async () => {
    await tenant.native('PUT', '/projects/storage-quota', { name: server.foundation.config.region, quota_bytes: 1 })
    expect(await refusedWithoutTrace({ storage_mode: 0 })).toMatch(/^403 TELECINE\.1001: .* 5 more are needed\.$/)
  })
})

test('the request itself is fine, until the watermark of its group is deleted', async () => {
  const before = await present()
  expect((await post({})).status).toBe(200)
  const { rows } = await present()
  const grown = Object.keys(rows).filter((table) => (rows[table] ?? 0) > (before.rows[table] ?? 0))
  expect(grown).toEqual(expect.arrayContaining(['asset', 'engine.step', 'engine.task']))
  expect((await tenant.call('DELETE', WATERMARKS, { query: `id=${mark}` })).status).toBe(204)
  const after = await present()
  expect(await refused(post({}))).toBe('400 VOD.10124')
  expect(await present()).toEqual(after)
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeBucket } from './asset-fixtures.ts'
import { type ContractServer, REGION, startContractServer, type Tenant } from './support.ts'

let server: ContractServer
let tenant: Tenant
beforeAll(async () => {
  server = await startContractServer()
  tenant = server.tenant
  await makeBucket(server, 'in/film.mp4')
})
afterAll(() => server[Symbol.asyncDispose]())

/** golangsdk ends its JSON with a line feed, and sends a type without a body, too. */
const send = async (method: string, path: string, { body, query }: { body?: object; query?: string } = {}) => {
  const text = body && `${JSON.stringify(body)}\n`
  const sent = { ...(text !== undefined && { body: text }), ...(query !== undefined && { query }) }
  const answer = await tenant.call(method, path, sent)
  return { status: answer.status, body: Object(answer.body) }
}

const READ = ['title', 'video_name', 'description', 'category_id', 'category_name', 'video_type', 'tags', 'video_url']

/** Allowed by golangsdk: GET 200; POST 200, 201, 202; PUT of asset/info 200, 201, 204; DELETE 200, 202, 204. */
test('the calls of a media_asset resource, from create to destroy', async () => {
  const grant = await send('PUT', '/asset/authority', { body: { bucket: 'studio-raw', operation: '1' } })
  expect([200, 201, 202]).toContain(grant.status)

  const create = await send('POST', '/asset/reproduction', {
    body: {
      ...{ auto_publish: 0, title: 'test', video_type: 'MP4', description: 'by terraform', tags: 'a,b' },
      input: { bucket: 'studio-raw', location: REGION, object: 'in/film.mp4' },
      thumbnail: { type: 'time', time: 1, dots: [] },
    },
  })
  expect([200, 201, 202]).toContain(create.status)
  const id: string = create.body.asset_id
  const query = `asset_id=${id}`

  // No wait: details must be readable at once, and hold what the plan is compared with.
  const read = await send('GET', '/asset/details', { query })
  expect(read.status).toBe(200)
  const base = read.body.base_info
  expect(READ.filter((key) => base[key] === undefined)).toEqual([])
  expect([base.video_name, base.category_name]).toEqual(['film.mp4', 'Other'])
  expect(base).toMatchObject({ title: 'test', description: 'by terraform', tags: 'a,b', category_id: -1 })
  expect(base).not.toHaveProperty('output_path')

  const change = { asset_id: id, title: 'test-update', description: '', category_id: -1, tags: 'c' }
  expect([200, 201, 204]).toContain((await send('PUT', '/asset/info', { body: change })).status)
  const updated = (await send('GET', '/asset/details', { query })).body.base_info
  expect(updated).toMatchObject({ title: 'test-update', description: '', tags: 'c' })

  // The transfer that a worker would have done.
  await server.foundation.db.updateTable('asset').set({ ingest_state: 'created' }).where('id', '=', id).execute()
  for (const verb of ['publish', 'unpublish']) {
    expect([200, 201, 202]).toContain(
      (await send('POST', `/asset/status/${verb}`, { body: { asset_id: [id] } })).status,
    )
  }

  expect([200, 202, 204]).toContain((await send('DELETE', '/asset', { query })).status)
  // 400 or 403 here would fail the destroy.
  expect((await send('GET', '/asset/details', { query })).status).toBe(404)
})

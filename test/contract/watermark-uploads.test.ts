import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { watermarkStore } from '../../src/adapters/postgres/watermarks.ts'
import type { ObjectStore } from '../../src/core/shared/object-store.ts'
import { confirmWatermark } from '../../src/core/templates/confirm-watermark.ts'
import { type ContractServer, startContractServer, type Tenant } from './support.ts'
import {
  code,
  confirm,
  createWatermark,
  PATH,
  pictureBytes,
  pictures,
  putChunked,
  shown,
} from './watermark-fixtures.ts'

let server: ContractServer
let tenant: Tenant
beforeAll(async () => {
  server = await startContractServer()
  tenant = server.tenant
})
afterAll(() => server[Symbol.asyncDispose]())

test.each([
  ['a text', async () => Buffer.from('no picture'), /no PNG or JPEG/],
  ['a picture of 6x8', () => pictureBytes('6x8'), /6x8 pixels/],
  ['a picture of 4098x8', () => pictureBytes('4098x8'), /4098x8 pixels/],
  ['a picture that was cut off', async () => (await pictureBytes()).subarray(0, -8), /cut off/],
])('%s is not confirmed, and another upload may take its place', async (_, bytes, reason) => {
  const { id, uploadUrl } = await createWatermark(tenant, { name: 'bad' })
  expect((await putChunked(uploadUrl, await bytes())).status).toBe(200)
  const answer = await confirm(tenant, id)
  expect(code(answer)).toEqual([400, 'VOD.10053'])
  expect(Object(answer.body).error_msg).toMatch(/illegal field: status\./)
  expect(Object(answer.body).error_msg).toMatch(reason)
  expect(await shown(tenant, id)).toMatchObject({ image_url: null })
  await putChunked(uploadUrl, await pictureBytes('8x8'))
  expect((await confirm(tenant, id)).status).toBe(200)
  await tenant.call('DELETE', PATH, { query: `id=${id}` })
})

test('more than 10 MB are refused at the upload', async () => {
  const { id, uploadUrl } = await createWatermark(tenant, { name: 'large' })
  expect((await putChunked(uploadUrl, Buffer.alloc((10 << 20) + 1))).status).toBe(413)
  expect(code(await confirm(tenant, id))).toEqual([400, 'VOD.10062'])
  await tenant.call('DELETE', PATH, { query: `id=${id}` })
})

test('FAILED drops the upload; a confirmed picture stays what it is', async () => {
  const { id, uploadUrl } = await createWatermark(tenant, { name: 'twice', type: 'JPG' })
  await putChunked(uploadUrl, await pictureBytes('16x16', 'jpg'))
  expect(await confirm(tenant, id, 'FAILED')).toMatchObject({ status: 200, body: { id } })
  expect(code(await confirm(tenant, id))).toEqual([400, 'VOD.10062'])
  const sent = await fetch(uploadUrl, { method: 'PUT', body: await pictureBytes('32x32', 'jpg') })
  expect(sent.status).toBe(200)
  const answers = await Promise.all([confirm(tenant, id), confirm(tenant, id), confirm(tenant, id)])
  const again = await confirm(tenant, id)
  expect(again.status).toBe(200)
  // Whichever takes the upload, the others find what it made of it.
  expect(answers.map(({ body }) => body)).toEqual(Array(3).fill(again.body))
  expect((await putChunked(uploadUrl, await pictureBytes())).status).toBe(409)
  expect(code(await confirm(tenant, id, 'FAILED'))).toEqual([400, 'VOD.10053'])
  const image = await fetch(Object(again.body).image_url)
  expect(image.headers.get('content-type')).toBe('image/jpeg')
  expect(Buffer.from(await image.arrayBuffer())).toEqual(await pictureBytes('32x32', 'jpg'))
  expect(await pictures(server, tenant)).toHaveLength(1)
  await tenant.call('DELETE', PATH, { query: `id=${id}` })
})

test('a confirmation whose upload another one takes meanwhile finds what that made of it', async () => {
  const { id, uploadUrl } = await createWatermark(tenant, { name: 'raced' })
  await putChunked(uploadUrl, await pictureBytes())
  const { db, store, config } = server.foundation
  const late: ObjectStore = Object.assign(Object.create(store), {
    read: async (...asked: Parameters<ObjectStore['read']>) => {
      expect((await confirm(tenant, id)).status).toBe(200)
      return store.read(...asked)
    },
  })
  const deps = { watermarks: watermarkStore(db), store: late, serviceBucket: config.vodBucket }
  expect(await confirmWatermark(deps)(tenant.projectId, id)).toMatchObject({ id, picture: { width: 64, height: 32 } })
  expect(await pictures(server, tenant)).toHaveLength(1)
  await tenant.call('DELETE', PATH, { query: `id=${id}` })
})

test('an announced MD5 must be that of the upload', async () => {
  const bytes = await pictureBytes()
  const md5 = createHash('md5').update(bytes)
  const digest = md5.digest()
  for (const text of [digest.toString('hex').toUpperCase(), digest.toString('base64')]) {
    const { id, uploadUrl } = await createWatermark(tenant, { name: 'summed', md5: text })
    await putChunked(uploadUrl, await pictureBytes('16x16'))
    expect(Object((await confirm(tenant, id)).body).error_msg).toContain('another MD5')
    await putChunked(uploadUrl, bytes)
    expect((await confirm(tenant, id)).status).toBe(200)
    await tenant.call('DELETE', PATH, { query: `id=${id}` })
  }
})

test('an upload URL is good for its own watermark and nothing else', async () => {
  const [one, other] = [await createWatermark(tenant, { name: 'a' }), await createWatermark(tenant, { name: 'b' })]
  const bytes = await pictureBytes()
  const forged = [
    one.uploadUrl.replace(/\?.*/, ''),
    one.uploadUrl.replace(one.id, other.id),
    one.uploadUrl.replace(tenant.projectId, 'f'.repeat(32)),
    one.uploadUrl.replace(/Expires=(\d+)/, (_, at) => `Expires=${Number(at) + 1}`),
    one.uploadUrl.replace(/Signature=.{4}/, 'Signature=0000'),
  ]
  for (const url of forged) expect((await putChunked(url, bytes)).status).toBe(403)
  expect(await pictures(server, tenant)).toEqual([])
  for (const { id } of [one, other]) await tenant.call('DELETE', PATH, { query: `id=${id}` })
  expect((await putChunked(one.uploadUrl, bytes)).status).toBe(409)
  expect(await pictures(server, tenant)).toEqual([])
})

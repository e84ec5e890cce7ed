import {
  ConfirmImageUploadReq,
  ConfirmImageUploadReqStatusEnum,
  ConfirmImageUploadRequest,
  CreateWatermarkTemplateReq,
  CreateWatermarkTemplateReqPositionEnum,
  CreateWatermarkTemplateRequest,
  DeleteWatermarkTemplateRequest,
  ListWatermarkTemplateRequest,
  UpdateWatermarkTemplateReq,
  UpdateWatermarkTemplateRequest,
} from '@huaweicloud/huaweicloud-sdk-vod'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TranscodeSettings } from '../../src/core/catalog/transcode-settings.ts'
import { insertAsset } from './asset-fixtures.ts'
import { type ContractServer, refusalOf, startContractServer, type Tenant } from './support.ts'
import {
  addWatermark,
  CONFIRM_PATH,
  code,
  confirm,
  createWatermark,
  listed,
  PATH,
  pictureBytes,
  pictures,
  putChunked,
  setDefault,
  shown,
} from './watermark-fixtures.ts'

const GROUP_PATH = '/asset/template_group/transcodings'

let server: ContractServer
let tenant: Tenant
beforeAll(async () => {
  server = await startContractServer()
  tenant = server.tenant
})
afterAll(() => server[Symbol.asyncDispose]())

test('the SDK makes one, confirms its upload, changes, lists and deletes it', async () => {
  const { vod } = tenant
  const wanted = new CreateWatermarkTemplateReq('by_sdk', 'PNG')
    .withDx('0.02')
    .withPosition(CreateWatermarkTemplateReqPositionEnum.BOTTOMRIGHT)
    .withWidth('0.10')
  const made = Object(await vod.createWatermarkTemplate(new CreateWatermarkTemplateRequest().withBody(wanted)))
  expect(made).toMatchObject({ httpStatusCode: 200, id: expect.stringMatching(/^[0-9a-f]{32}$/) })
  expect(await shown(tenant, made.id)).toMatchObject({ image_url: null, status: 0 })
  expect((await putChunked(made.upload_url, await pictureBytes())).status).toBe(200)
  const confirmation = new ConfirmImageUploadReq(made.id, ConfirmImageUploadReqStatusEnum.SUCCEED)
  const confirmed = Object(await vod.confirmImageUpload(new ConfirmImageUploadRequest().withBody(confirmation)))
  expect(confirmed).toMatchObject({ httpStatusCode: 200, id: made.id })
  const image = await fetch(confirmed.image_url)
  expect([image.status, image.headers.get('content-type')]).toEqual([200, 'image/png'])
  expect(Buffer.from(await image.arrayBuffer())).toEqual(await pictureBytes())

  const change = new UpdateWatermarkTemplateReq(made.id).withName('renamed').withDy('0.5')
  const changed = await vod.updateWatermarkTemplate(new UpdateWatermarkTemplateRequest().withBody(change))
  expect(changed).toMatchObject({ httpStatusCode: 204 })
  const list = Object(await vod.listWatermarkTemplate(new ListWatermarkTemplateRequest().withId([made.id])))
  expect(list.total).toBe(1)
  // Texts come back as they were sent.
  expect(await shown(tenant, made.id)).toEqual({
    ...{ name: 'renamed', id: made.id, status: 0, dx: '0.02', dy: '0.5', position: 'BOTTOMRIGHT' },
    ...{ width: '0.10', height: null, create_time: expect.stringMatching(/^\d{14}$/), image_url: confirmed.image_url },
    ...{ type: 'PNG', watermark_type: 'IMAGE', image_process: 'TRANSPARENT' },
    ...{ timeline_start: null, timeline_duration: null },
  })
  const deletion = new DeleteWatermarkTemplateRequest(made.id)
  expect(await vod.deleteWatermarkTemplate(deletion)).toMatchObject({ httpStatusCode: 204 })
  expect(await shown(tenant, made.id)).toBeUndefined()
  expect((await fetch(confirmed.image_url)).status).toBe(404)
  expect(await pictures(server, tenant)).toEqual([])
  expect(await refusalOf(vod.deleteWatermarkTemplate(deletion))).toMatchObject({ status: 400, code: 'VOD.10062' })
})

test('the calls of a watermark_template resource of Terraform, from create to destroy', async () => {
  const sent = {
    ...{ name: 'by_terraform', type: 'PNG', dx: '0.1', dy: '0', position: 'TOPLEFT', width: '0.01', height: '0.01' },
    ...{ image_process: 'ORIGINAL', watermark_type: 'IMAGE', timeline_start: '', timeline_duration: '3' },
  }
  const { id, uploadUrl } = await createWatermark(tenant, sent)
  expect((await putChunked(uploadUrl, await pictureBytes())).status).toBe(200)
  expect((await confirm(tenant, id)).status).toBe(200)
  expect(await shown(tenant, id)).toMatchObject({ ...sent, timeline_start: null })
  const { type: _, ...update } = { ...sent, id, timeline_start: '1', timeline_duration: '' }
  expect((await tenant.call('PUT', PATH, { body: `${JSON.stringify(update)}\n` })).status).toBe(204)
  expect(await shown(tenant, id)).toMatchObject({ ...update, timeline_duration: null })
  expect((await tenant.call('DELETE', PATH, { query: `id=${id}` })).status).toBe(204)
  expect(await listed(tenant, `id=${id}`)).toEqual({ templates: [], total: 0 })
})

const WRONG: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
  ['name', { name: undefined }],
  ['name', { name: '' }],
  ['name', { name: '€'.repeat(43) }],
  ['type', { type: undefined }],
  ['type', { type: 'GIF' }],
  ['type', { type: 'png' }],
  ['watermark_type', { watermark_type: 'TEXT' }],
  ['watermark_type', { watermark_type: 'VIDEO' }],
  ['position', { position: 'CENTER' }],
  ['position', { position: 1 }],
  ['image_process', { image_process: 'Transparent' }],
  ['image_process', { image_process: ['GRAYED'] }],
  ['image_process', { image_process: 0 }],
  ['md5', { md5: 'abc' }],
  ...['dx', 'dy'].flatMap((field) =>
    ['-0.1', '1.0', '1.5', '4097', 'a', '.5', '0.5 ', '1e-3', 0.5].map((value) => [field, { [field]: value }] as const),
  ),
  ...['width', 'height'].flatMap((field) =>
    ['0', '0.00001', '1.0', '7', '4097', '-1', '10%', 0.1].map((value) => [field, { [field]: value }] as const),
  ),
  ...['-1', '1:00', 'x', '1.1234567', ' 1', '1e3', '1,5', '0x10', '1*2', '12345678', '9'.repeat(25), 5, []].map(
    (value) => ['timeline_start', { timeline_start: value }] as const,
  ),
  ...['0', '0.0', '-1', 'END', '1)', 'NaN', '.5', '1.', 3, {}].map(
    (value) => ['timeline_duration', { timeline_duration: value }] as const,
  ),
]

test.each(WRONG)('a wrong %s is refused by name, and nothing is made or changed (%#)', async (field, wrong) => {
  const before = await listed(tenant, 'size=100')
  const made = await tenant.call('POST', PATH, { body: { name: 'wrong', type: 'PNG', ...wrong } })
  expect(code(made)).toEqual([400, 'VOD.10053'])
  expect(Object(made.body).error_msg).toContain(`illegal field: ${field}.`)
  expect(await listed(tenant, 'size=100')).toEqual(before)
  // What a change does not have, or has not to name.
  if (field === 'type' || field === 'md5') return
  const id = await addWatermark(tenant, { name: 'right', dx: '0.25' })
  const changed = await tenant.call('PUT', PATH, { body: { id, name: 'right', ...wrong } })
  expect(code(changed)).toEqual([400, 'VOD.10053'])
  expect(await shown(tenant, id)).toMatchObject({ name: 'right', dx: '0.25' })
  await tenant.call('DELETE', PATH, { query: `id=${id}` })
})

test.each([
  ['POST', CONFIRM_PATH, { body: { status: 'SUCCEED' } }, 'id'],
  ['POST', CONFIRM_PATH, { body: { id: 'x' } }, 'status'],
  ['POST', CONFIRM_PATH, { body: { id: 'x', status: 'DONE' } }, 'status'],
  ['PUT', PATH, { body: { name: 'x' } }, 'id'],
  ['DELETE', PATH, {}, 'id'],
  ['GET', PATH, { query: 'size=101' }, 'size'],
  ['GET', PATH, { query: 'size=0' }, 'size'],
  ['GET', PATH, { query: 'page=-1' }, 'page'],
  ['GET', PATH, { query: `id=${Array(11).fill('a').join(',')}` }, 'id'],
])('%s %s with %o is refused for its %s', async (method, path, sent, field) => {
  const answer = await tenant.call(method, path, sent)
  expect(code(answer)).toEqual([400, 'VOD.10053'])
  expect(Object(answer.body).error_msg).toContain(`illegal field: ${field}.`)
})

test('an unknown one, and one of another project, is VOD.10062', async () => {
  const other = await server.addProject('other')
  const id = await addWatermark(other, { name: 'theirs' })
  for (const unknown of ['f'.repeat(32), 'nowhere', id]) {
    for (const call of [
      tenant.call('PUT', PATH, { body: { id: unknown, name: 'mine' } }),
      tenant.call('DELETE', PATH, { query: `id=${unknown}` }),
      confirm(tenant, unknown),
      confirm(tenant, unknown, 'FAILED'),
    ]) {
      expect(code(await call)).toEqual([400, 'VOD.10062'])
    }
    expect(await listed(tenant, `id=${unknown}`)).toEqual({ templates: [], total: 0 })
  }
  expect((await listed(other, `id=${id}`)).total).toBe(1)
})

test('names are once per project, and free again when one is deleted', async () => {
  const [one, other] = [await addWatermark(tenant, { name: 'one' }), await addWatermark(tenant, { name: 'other' })]
  expect(code(await tenant.call('POST', PATH, { body: { name: 'one', type: 'PNG' } }))).toEqual([400, 'VOD.10131'])
  expect(code(await tenant.call('PUT', PATH, { body: { id: other, name: 'one' } }))).toEqual([400, 'VOD.10131'])
  expect((await tenant.call('PUT', PATH, { body: { id: one, name: 'one' } })).status).toBe(204)
  await tenant.call('DELETE', PATH, { query: `id=${one}` })
  expect((await tenant.call('PUT', PATH, { body: { id: other, name: 'one' } })).status).toBe(204)
  await tenant.call('DELETE', PATH, { query: `id=${other}` })
})

test('a project has at most a hundred', async () => {
  const full = await server.addProject('full')
  for (let n = 0; n < 100; n++) await createWatermark(full, { name: `n${n}` })
  expect(code(await full.call('POST', PATH, { body: { name: 'more', type: 'PNG' } }))).toEqual([400, 'VOD.10125'])
  const pages = await Promise.all([0, 1].map((page) => listed(full, `size=60&page=${page}`)))
  expect(pages.map(({ templates }) => templates.length)).toEqual([60, 40])
  expect([pages[0].total, pages[0].templates[0].name, pages[1].templates.at(-1).name]).toEqual([100, 'n99', 'n0'])
})

test('until the upload is confirmed it is not changed, named or default (VOD.10090)', async () => {
  const { id } = await createWatermark(tenant, { name: 'unconfirmed' })
  expect(code(await tenant.call('PUT', PATH, { body: { id, name: 'x' } }))).toEqual([400, 'VOD.10090'])
  const group = {
    name: 'g',
    type: 'custom_template_group',
    quality_info_list: [{ format: 'HLS', video: { quality: 'SD' } }],
  }
  const body = { ...group, watermark_template_ids: [id] }
  expect(code(await tenant.call('POST', GROUP_PATH, { body }))).toEqual([400, 'VOD.10090'])
  await expect(setDefault(tenant, id)).rejects.toMatchObject({ code: 'VOD.10090' })
  // Nothing was uploaded.
  expect(code(await confirm(tenant, id))).toEqual([400, 'VOD.10062'])
  expect((await tenant.call('DELETE', PATH, { query: `id=${id}` })).status).toBe(204)
})

test('two watermarks may be default, a third may not', async () => {
  const ids = await Promise.all(['x', 'y', 'z'].map((name) => addWatermark(tenant, { name })))
  const outcomes = await Promise.allSettled(ids.map((id) => setDefault(tenant, id)))
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(2)
  const isDefault = async () => Promise.all(ids.map(async (id) => (await shown(tenant, id)).status))
  expect((await isDefault()).toSorted()).toEqual([0, 1, 1])
  await setDefault(tenant, ids[0] ?? '', false)
  await setDefault(tenant, ids[1] ?? '')
  await setDefault(tenant, ids[2] ?? '')
  expect(await isDefault()).toEqual([0, 1, 1])
  await expect(setDefault(tenant, ids[0] ?? '')).rejects.toMatchObject({ code: 'TELECINE.0409' })
  await expect(setDefault(tenant, 'unknown')).rejects.toMatchObject({ code: 'VOD.10062' })
  for (const id of ids) await tenant.call('DELETE', PATH, { query: `id=${id}` })
})

test('a group names one, which comes back; a list of none takes it away, and a wrong one changes nothing', async () => {
  const id = await addWatermark(tenant, { name: 'of_group' })
  const video = { quality: 'SD', width: 854, height: 480 }
  const group = { name: 'marked', type: 'custom_template_group', quality_info_list: [{ format: 'HLS', video }] }
  const made = await tenant.call('POST', GROUP_PATH, { body: { ...group, watermark_template_ids: [id] } })
  const { group_id } = Object(made.body)
  const ofGroup = async () => {
    const { body } = await tenant.call('GET', GROUP_PATH, { query: `group_id=${group_id}` })
    return Object(body).template_group_list[0].watermark_template_ids
  }
  const change = async (body: object) =>
    code(await tenant.call('PUT', GROUP_PATH, { body: { group_id, name: 'marked', ...body } }))
  expect(await ofGroup()).toEqual([id])
  expect((await change({ description: 'x' }))[0]).toBe(204)
  expect(await ofGroup()).toEqual([id])
  expect(await change({ watermark_template_ids: ['none'] })).toEqual([400, 'VOD.10124'])
  expect(await change({ watermark_template_ids: [id, id] })).toEqual([400, 'VOD.10053'])
  expect(await ofGroup()).toEqual([id])
  expect((await change({ watermark_template_ids: [] }))[0]).toBe(204)
  expect(await ofGroup()).toBeNull()
  await tenant.call('DELETE', PATH, { query: `id=${id}` })
})

test('an order whose watermark was deleted since it was chosen is not taken', async () => {
  const { foundation } = server
  const id = await addWatermark(tenant, { name: 'chosen' })
  const order = { marks: [{ watermarkId: id }] } as unknown as TranscodeSettings
  const assetId = await insertAsset(server, tenant)
  const take = () =>
    foundation.transactions.write((tx) =>
      tx.updateAsset(assetId, {
        transcode: { state: 'waiting' },
        nextTranscode: { templateGroup: 'g', templateGroupId: 'g', settings: order, before: { state: 'none' } },
      }),
    )
  await take()
  expect((await tenant.call('DELETE', PATH, { query: `id=${id}` })).status).toBe(204)
  // Kept for the order that is there, and none is added.
  expect(await pictures(server, tenant)).toHaveLength(1)
  await expect(take()).rejects.toMatchObject({ problem: { kind: 'watermark_not_found', id } })
  await foundation.transactions.write((tx) =>
    tx.updateAsset(assetId, { transcode: { state: 'none' }, nextTranscode: null }),
  )
  // Whichever deletion comes next takes it along.
  const next = await addWatermark(tenant, { name: 'next' })
  await tenant.call('DELETE', PATH, { query: `id=${next}` })
  expect(await pictures(server, tenant)).toEqual([])
})

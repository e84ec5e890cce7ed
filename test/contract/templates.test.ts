import { ListTemplateGroupRequest } from '@huaweicloud/huaweicloud-sdk-vod'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ContractServer, refusalOf, startContractServer } from './support.ts'

const PATH = '/asset/template_group/transcodings'

let server: ContractServer
beforeAll(async () => {
  server = await startContractServer()
})
afterAll(() => server[Symbol.asyncDispose]())

const groups = async (query: string) => Object((await server.tenant.call('GET', PATH, { query })).body)
const names = async (query: string): Promise<readonly string[]> =>
  (await groups(query)).template_group_list.map(({ name }: { name: string }) => name)

test('every project has the four system groups, in the vendor’s odd form', async () => {
  const answer = await groups('')
  expect(answer).toMatchObject({ total: 4, error_code: null, error_msg: null })
  expect(answer.template_group_list[1]).toEqual({
    group_id: expect.stringMatching(/^[0-9a-f]{32}$/),
    name: 'system_template_group',
    status: '0',
    type: 'system_template_group',
    auto_encrypt: 0,
    quality_info_list: [
      { format: 'UNKNOW', video: { quality: 'UNKNOW', width: 0, height: 0, bitrate: 0, frame_rate: 0 }, audio: null },
    ],
    watermark_template_ids: null,
    description: null,
    common: { pvc: null, video_codec: 'UNKNOW', audio_codec: 'AAC', hls_interval: 0, pvc_version: null },
  })
})

test('the vendor’s SDK reads them', async () => {
  const answer = await server.tenant.vod.listTemplateGroup(new ListTemplateGroupRequest())
  expect(answer).toMatchObject({ httpStatusCode: 200, total: 4 })
})

test('pages begin at 0 and hold `size` groups; the total counts all', async () => {
  expect(await names('page=0&size=3')).toHaveLength(3)
  expect(await names('page=1&size=3')).toEqual(['adaptive_template_group'])
  expect(await groups('page=9')).toMatchObject({ template_group_list: [], total: 4 })
})

test('a group is found by its id whatever the page; an unknown id finds none', async () => {
  const { group_id: id } = (await groups('')).template_group_list[2]
  expect(await names(`group_id=${id}&page=7&size=1`)).toEqual(['original_template_group'])
  expect(await groups('group_id=nowhere')).toMatchObject({ template_group_list: [], total: 0 })
})

test('no system group is the default one', async () => {
  expect(await groups('status=1')).toMatchObject({ template_group_list: [], total: 0 })
  expect(await groups('status=0')).toMatchObject({ total: 4 })
})

test('ids differ between projects', async () => {
  const other = await server.addProject('other')
  const { group_id: id } = (await groups('')).template_group_list[0]
  expect(Object((await other.call('GET', PATH, { query: `group_id=${id}` })).body).total).toBe(0)
})

test.each([
  ['status=2', 'status'],
  ['size=0', 'size'],
  ['size=101', 'size'],
  ['page=-1', 'page'],
])('%s is refused by name', async (query, field) => {
  const { status, body } = await server.tenant.call('GET', PATH, { query })
  expect([status, Object(body).error_code]).toEqual([403, 'VOD.10053'])
  expect(Object(body).error_msg).toContain(`illegal field: ${field}.`)
})

test('the SDK shows a refusal with its status, code and request id', async () => {
  const request = new ListTemplateGroupRequest().withSize(101)
  expect(await refusalOf(server.tenant.vod.listTemplateGroup(request))).toMatchObject({
    status: 403,
    code: 'VOD.10053',
    requestId: expect.stringMatching(/^[0-9a-f]{32}$/),
  })
})

import {
  AudioTemplateInfo,
  Common,
  CommonPvcEnum,
  CreateTemplateGroupRequest,
  DeleteTemplateGroupRequest,
  ListTemplateGroupRequest,
  ModifyTransTemplateGroup,
  QualityInfo,
  QualityInfoFormatEnum,
  TransTemplateGroup,
  TransTemplateGroupTypeEnum,
  UpdateTemplateGroupRequest,
  VideoTemplateInfo,
} from '@huaweicloud/huaweicloud-sdk-vod'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ContractServer, refusalOf, startContractServer } from './support.ts'

const PATH = '/asset/template_group/transcodings'

let server: ContractServer
beforeAll(async () => {
  server = await startContractServer()
})
afterAll(() => server[Symbol.asyncDispose]())

const VIDEO = { quality: 'HD', width: 1280, height: 720, bitrate: 1000, frame_rate: 1 }
const AUDIO = { sample_rate: 1, channels: 2, bitrate: 0 }
const COMMON = { pvc: '0', video_codec: 'H264', audio_codec: 'AAC', hls_interval: 5 }
const OUTPUT = { format: 'HLS', video: VIDEO, audio: AUDIO }
const GROUP = { name: 'web', type: 'custom_template_group', quality_info_list: [OUTPUT], common: COMMON }

const create = async (body: object, tenant = server.tenant) => {
  const answer = await tenant.call('POST', PATH, { body })
  expect(answer.status).toBe(200)
  return String(Object(answer.body).group_id)
}
const shown = async (id: string) => (await groups(`group_id=${id}`)).template_group_list[0]

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

test('the SDK makes, changes and deletes a group, which comes back as it was sent', async () => {
  const { vod } = server.tenant
  const video = Object.assign(new VideoTemplateInfo('FULL_HD'), { width: 0, height: 540, bitrate: 900, frame_rate: 25 })
  const audio = Object.assign(new AudioTemplateInfo(4, 1), { bitrate: 96 })
  const output = new QualityInfo(QualityInfoFormatEnum.HLS).withVideo(video).withAudio(audio)
  const body = new TransTemplateGroup('by_sdk', TransTemplateGroupTypeEnum.CUSTOM_TEMPLATE_GROUP)
    .withQualityInfoList([output])
    .withCommon(new Common(CommonPvcEnum.E_0).withHlsInterval(2))
  const { group_id: id } = Object(await vod.createTemplateGroup(new CreateTemplateGroupRequest().withBody(body)))
  const made = await shown(id)
  expect(made).toMatchObject({
    ...{ name: 'by_sdk', type: 'custom_template_group', status: '0', auto_encrypt: 0, watermark_template_ids: null },
    quality_info_list: [
      {
        format: 'HLS',
        video: { quality: 'FULL_HD', width: 0, height: 540, bitrate: 900, frame_rate: 25 },
        audio: { sample_rate: 4, channels: 1, bitrate: 96 },
      },
    ],
    common: { pvc: '0', video_codec: 'H264', audio_codec: 'AAC', hls_interval: 2 },
  })
  const change = new ModifyTransTemplateGroup(made.group_id, 'renamed')
  expect(await vod.updateTemplateGroup(new UpdateTemplateGroupRequest().withBody(change))).toMatchObject({
    httpStatusCode: 204,
  })
  expect(await shown(made.group_id)).toEqual({ ...made, name: 'renamed' })
  const deletion = new DeleteTemplateGroupRequest(made.group_id)
  expect(await vod.deleteTemplateGroup(deletion)).toMatchObject({ httpStatusCode: 204 })
  expect(await shown(made.group_id)).toBeUndefined()
  expect(await refusalOf(vod.deleteTemplateGroup(deletion))).toMatchObject({ status: 400, code: 'VOD.10062' })
})

test('what a change does not name stays', async () => {
  const group_id = await create({
    ...GROUP,
    name: 'partly',
    common: { ...COMMON, hls_interval: 2 },
    description: 'mine',
  })
  const before = await shown(group_id)
  const change = async (body: object) => {
    expect((await server.tenant.call('PUT', PATH, { body: { group_id, name: 'partly', ...body } })).status).toBe(204)
    return shown(group_id)
  }
  const half = { ...OUTPUT, video: { ...VIDEO, width: 640, height: 360 } }
  expect(await change({ quality_info_list: [half] })).toEqual({ ...before, quality_info_list: [half] })
  expect(await change({ common: { pvc: '0', hls_interval: 10 } })).toMatchObject({
    ...{ quality_info_list: [half], common: { hls_interval: 10 }, description: 'mine' },
  })
  expect(await change({ common: { pvc: '0' } })).toMatchObject({ common: { hls_interval: 10 } })
})

test.each(['0', '1', '2'])('common.pvc %s comes back as it was sent, and stays until it is changed', async (pvc) => {
  const group_id = await create({ ...GROUP, name: `pvc_${pvc}`, common: { ...COMMON, pvc } })
  expect(await shown(group_id)).toMatchObject({ common: { pvc, pvc_version: null } })
  const change = async (body: object) => {
    expect((await server.tenant.call('PUT', PATH, { body: { group_id, name: `pvc_${pvc}`, ...body } })).status).toBe(
      204,
    )
    return shown(group_id)
  }
  expect(await change({ description: 'mine' })).toMatchObject({ common: { pvc } })
  expect(await change({ common: { pvc: '0' } })).toMatchObject({ common: { pvc: '0' } })
})

test.each([
  ['auto_encrypt', { format: 'MP4' }, {}, { auto_encrypt: 1 }],
  [
    'quality_info_list.video.width',
    { video: { ...VIDEO, width: 128, height: 72 } },
    {},
    { common: { pvc: '0', video_codec: 'H265' } },
  ],
  [
    'quality_info_list.video.height',
    {},
    { common: { ...COMMON, video_codec: 'H265' } },
    { quality_info_list: [{ ...OUTPUT, video: { ...VIDEO, height: 238 } }] },
  ],
  ['auto_encrypt', { format: 'HLS' }, { auto_encrypt: 1 }, { quality_info_list: [{ ...OUTPUT, format: 'MP4' }] }],
])(
  'a change of %s that does not go with the rest is refused, and changes nothing (%#)',
  async (field, output, more, change) => {
    const name = 'merged'
    const group_id = await create({ ...GROUP, name, quality_info_list: [{ ...OUTPUT, ...output }], ...more })
    const before = await shown(group_id)
    const body = { group_id, name: 'changed', status: '1', ...change }
    const answer = await server.tenant.call('PUT', PATH, { body })
    expect([answer.status, Object(answer.body).error_code]).toEqual([400, 'VOD.10053'])
    expect(Object(answer.body).error_msg).toContain(`illegal field: ${field}`)
    expect(await shown(group_id)).toEqual(before)
    await server.tenant.call('DELETE', PATH, { query: `group_id=${group_id}` })
  },
)

test('a project has one default group: a new one takes the place of the old', async () => {
  const first = await create({ ...GROUP, name: 'first', status: '1' })
  const second = await create({ ...GROUP, name: 'second', status: '1' })
  expect(await names('status=1')).toEqual(['second'])
  await server.tenant.call('PUT', PATH, { body: { group_id: first, name: 'first', status: '1' } })
  expect(await names('status=1')).toEqual(['first'])
  const gone = await server.tenant.call('PUT', PATH, { body: { group_id: 'f'.repeat(32), name: 'x', status: '1' } })
  expect([gone.status, Object(gone.body).error_code]).toEqual([400, 'VOD.10062'])
  expect(await names('status=1')).toEqual(['first'])
  for (const group_id of [first, second]) {
    expect((await server.tenant.call('DELETE', PATH, { query: `group_id=${group_id}` })).status).toBe(204)
  }
})

test('two new defaults at the same time leave one', async () => {
  const both = ['left', 'right'].map((name) => create({ ...GROUP, name, status: '1' }))
  const ids = await Promise.all(both)
  expect(await names('status=1')).toHaveLength(1)
  for (const group_id of ids) await server.tenant.call('DELETE', PATH, { query: `group_id=${group_id}` })
})

test('names are once per project, the system groups’ included; other projects have their own', async () => {
  const id = await create({ ...GROUP, name: 'once' })
  for (const name of ['once', 'system_template_group']) {
    const { status, body } = await server.tenant.call('POST', PATH, { body: { ...GROUP, name } })
    expect([status, Object(body).error_code]).toEqual([400, 'VOD.10082'])
  }
  const other = await server.addProject('another')
  await create({ ...GROUP, name: 'once' }, other)
  for (const call of [
    other.call('DELETE', PATH, { query: `group_id=${id}` }),
    other.call('PUT', PATH, { body: { group_id: id, name: 'mine' } }),
  ]) {
    expect(await call).toMatchObject({ status: 400, body: { error_code: 'VOD.10062' } })
  }
  expect((await shown(id)).name).toBe('once')
})

test.each(['MP4', 'DASH', 'DASH_HLS', 'MP3', 'ADTS'])('a group of %s comes back as it was sent', async (format) => {
  const soundAlone = format === 'MP3' || format === 'ADTS'
  const common = { ...COMMON, video_codec: 'H265', audio_codec: soundAlone ? 'AAC' : 'HEAAC2' }
  const group_id = await create({ ...GROUP, name: `of_${format}`, quality_info_list: [{ ...OUTPUT, format }], common })
  // What the request says of a picture means nothing there.
  const video = soundAlone ? null : VIDEO
  expect(await shown(group_id)).toMatchObject({ common, quality_info_list: [{ format, video, audio: AUDIO }] })
  const change = { group_id, name: `of_${format}`, common: { pvc: '0', video_codec: 'H264' } }
  expect((await server.tenant.call('PUT', PATH, { body: change })).status).toBe(204)
  expect(await shown(group_id)).toMatchObject({ common: { ...common, video_codec: 'H264' } })
  await server.tenant.call('DELETE', PATH, { query: `group_id=${group_id}` })
})

test.each([
  ['H264', 32, 32],
  ['H264', 1080, 1920],
  ['H264', 3840, 2160],
  ['H264', 0, 0],
  ['H265', 320, 240],
  ['H265', 854, 480],
  ['H265', 0, 1080],
])('a group of %s may be %ix%i', async (video_codec, width, height) => {
  const common = { ...COMMON, video_codec }
  // Of 4K, too, a size of 0 is the source's: the vendor's encoder fails there, ours does not.
  const video = { ...VIDEO, quality: '4K', width, height }
  const group_id = await create({ ...GROUP, name: 'sized', common, ...output({ video }) })
  expect(await shown(group_id)).toMatchObject({ quality_info_list: [{ video }] })
  await server.tenant.call('DELETE', PATH, { query: `group_id=${group_id}` })
})

const output = (more: object) => ({ quality_info_list: [{ ...OUTPUT, ...more }] })

test.each([
  ['name', { name: 'has space' }],
  ['name', { name: 'n'.repeat(129) }],
  ['type', { type: 'system_template_group' }],
  ['status', { status: '2' }],
  ['description', { description: 'd'.repeat(257) }],
  ['quality_info_list', { quality_info_list: [] }],
  ['quality_info_list', { quality_info_list: undefined }],
  ['quality_info_list', { quality_info_list: Array(7).fill(OUTPUT) }],
  ['format', output({ format: 'AVI' })],
  ['quality', output({ video: { ...VIDEO, quality: '8K' } })],
  ['width', output({ video: { ...VIDEO, width: 3842 } })],
  ['width', output({ video: { ...VIDEO, width: 30 } })],
  ['height', output({ video: { ...VIDEO, height: 721 } })],
  ['height', output({ video: { ...VIDEO, height: 2162 } })],
  ['width', { common: { ...COMMON, video_codec: 'H265' }, ...output({ video: { ...VIDEO, width: 318 } }) }],
  ['frame_rate', output({ video: { ...VIDEO, frame_rate: 101 } })],
  ['frame_rate', output({ video: { ...VIDEO, frame_rate: -1 } })],
  ['sample_rate', output({ audio: { ...AUDIO, sample_rate: 7 } })],
  ['channels', output({ audio: { ...AUDIO, channels: 3 } })],
  ['bitrate', output({ audio: { ...AUDIO, bitrate: 7 } })],
  ['quality_info_list', output({ format: 'ADTS', audio: null })],
  ['hls_interval', { common: { ...COMMON, hls_interval: 11 } }],
  ['hls_interval', { common: { ...COMMON, hls_interval: 1 } }],
  ['pvc', { common: { ...COMMON, pvc: '3' } }],
])('a group with a wrong %s is refused by name, and not made (%#)', async (field, wrong) => {
  const { status, body } = await server.tenant.call('POST', PATH, { body: { ...GROUP, name: 'wrong', ...wrong } })
  expect([status, Object(body).error_code]).toEqual([400, 'VOD.10053'])
  expect(Object(body).error_msg).toMatch(new RegExp(`illegal field: \\S*${field}`))
  expect(await names('size=100')).not.toContain('wrong')
})

test.each([
  [400, 'VOD.10053', { auto_encrypt: 1, ...output({ format: 'MP4' }) }],
  [400, 'VOD.10124', { watermark_template_ids: ['none'] }],
  [400, 'VOD.10053', { auto_encrypt: 1, ...output({ video: { ...VIDEO, width: 31 } }) }],
])('what does not work yet is refused with %i %s, and not made (%#)', async (status, code, asked) => {
  const answer = await server.tenant.call('POST', PATH, { body: { ...GROUP, name: 'later', ...asked } })
  expect([answer.status, Object(answer.body).error_code]).toEqual([status, code])
  expect(await names('size=100')).not.toContain('later')
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ContractServer, startContractServer } from './support.ts'

const PATH = '/asset/template_group/transcodings'

let server: ContractServer
beforeAll(async () => {
  server = await startContractServer()
})
afterAll(() => server[Symbol.asyncDispose]())

/** golangsdk ends its JSON with a line feed. */
const send = async (method: string, { body, query }: { body?: object; query?: string }) => {
  const text = body && `${JSON.stringify(body)}\n`
  const sent = { ...(text !== undefined && { body: text }), ...(query !== undefined && { query }) }
  const answer = await server.tenant.call(method, PATH, sent)
  return { status: answer.status, body: Object(answer.body) }
}

/** What is not set in the configuration comes as 0, or not at all. */
const UNSET_VIDEO = { quality: 'FULL_HD', width: 0, height: 0, bitrate: 0, frame_rate: 0 }
const SET_VIDEO = { quality: 'FLUENT', width: 480, height: 270, bitrate: 700, frame_rate: 75 }
const AUDIO = { sample_rate: 1, channels: 2, bitrate: 0 }

/** Members that the provider keeps in its state and compares with the configuration. */
const stateOf = ({
  name,
  description,
  status,
  auto_encrypt,
  type,
  quality_info_list,
  common,
}: Record<string, unknown>) => ({
  ...{ name, description, status, auto_encrypt, type, quality_info_list, common: Object(common) },
})

/** Allowed: GET 200; POST 200, 201, 202; PUT 200, 201, 204; DELETE 200, 202, 204. */
test('the calls of a transcoding_template_group resource, from create to destroy', async () => {
  const unset = { hls_interval: 0, pvc: '0' }
  const first = [
    { format: 'HLS', video: UNSET_VIDEO, audio: AUDIO },
    { format: 'MP4', video: SET_VIDEO },
    { format: 'MP3', audio: { sample_rate: 4, channels: 1, bitrate: 96 } },
  ]
  const create = await send('POST', {
    body: {
      ...{ common: unset, description: '', name: 'by_terraform', quality_info_list: first },
      ...{ type: 'custom_template_group', watermark_template_ids: [] },
    },
  })
  expect([200, 201, 202]).toContain(create.status)
  const group_id: string = create.body.group_id
  const read = async () => {
    const { status, body } = await send('GET', { query: `group_id=${group_id}` })
    expect(status).toBe(200)
    return body.template_group_list[0]
  }
  const absent = { video: null, audio: null }
  const codecs = { video_codec: 'H264', audio_codec: 'AAC' }
  expect(stateOf(await read())).toEqual({
    ...{ name: 'by_terraform', description: '', status: '0', auto_encrypt: 0, type: 'custom_template_group' },
    quality_info_list: first.map((output) => ({ ...absent, ...output })),
    common: { ...unset, ...codecs, pvc_version: null },
  })

  const second = [{ format: 'DASH_HLS', video: { ...SET_VIDEO, frame_rate: 1 }, audio: AUDIO }]
  const change = {
    ...{ auto_encrypt: 1, common: { ...unset, ...codecs, video_codec: 'H265' }, description: 'changed' },
    ...{ group_id, name: 'renamed', quality_info_list: second, status: '1', watermark_template_ids: [] },
  }
  expect([200, 201, 204]).toContain((await send('PUT', { body: change })).status)
  expect(stateOf(await read())).toEqual({
    ...{ name: 'renamed', description: 'changed', status: '1', auto_encrypt: 1, type: 'custom_template_group' },
    ...{ quality_info_list: second, common: { ...change.common, pvc_version: null } },
  })
  const back = { ...change, common: { ...change.common, hls_interval: 10 }, quality_info_list: first, status: '0' }
  expect([200, 201, 204]).toContain((await send('PUT', { body: back })).status)
  expect(stateOf(await read())).toMatchObject({ status: '0', common: { hls_interval: 10 } })
  expect([200, 201, 204]).toContain((await send('PUT', { body: change })).status)
  expect(stateOf(await read())).toMatchObject({ common: { hls_interval: 0 } })

  expect([200, 202, 204]).toContain((await send('DELETE', { query: `group_id=${group_id}` })).status)
  // The provider takes an empty list for "gone".
  expect(await read()).toBeUndefined()
})

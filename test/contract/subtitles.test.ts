import { ShowAssetDetailRequest, ShowAssetMetaRequest } from '@huaweicloud/huaweicloud-sdk-vod'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Subtitles } from '../../src/core/catalog/subtitles.ts'
import type { AssetId } from '../../src/core/shared/ids.ts'
import { callOperation, insertAsset, MEDIA, makeGrantedBucket, newAssetId, refused } from './asset-fixtures.ts'
import { type ContractServer, startContractServer } from './support.ts'

// The vendor's SDK for Node.js has no modifySubtitle (its newer ones have), so it is called as it goes over the wire.
const BUCKET = 'studio-raw'
const SRT = Buffer.from('1\n00:00:01,000 --> 00:00:02,000\nhello\n')

let server: ContractServer
beforeAll(async () => {
  server = await startContractServer()
  await makeGrantedBucket(server, 'bytes.srt')
  await put('en.srt', SRT)
  await put('en.vtt', Buffer.from('WEBVTT\n\n00:01.000 --> 00:02.000\nhello\n'))
  await put('broken.srt', Buffer.from('1\n00:00:01,000 --> 00:00:02,000\na\n\n2\n00:00:05 --> x\nb\n'))
  await put('binary.srt', Buffer.from([0, 1, 2, 3]))
  await put('large.srt', Buffer.concat([SRT, Buffer.alloc(10 << 20, '\n')]))
  await server.foundation.store.createBucket('ungranted')
})
afterAll(() => server[Symbol.asyncDispose]())

const put = (key: string, bytes: Uint8Array) =>
  server.foundation.store.put({ bucket: BUCKET, key }, bytes, { contentType: 'text/plain' })

const SUBTITLES: Subtitles = {
  tracks: [
    { id: 1, type: 'VTT', language: 'fr', file: '1'.repeat(32), sizeBytes: 10, shown: 'now' },
    { id: 2, type: 'SRT', language: 'de', file: '2'.repeat(32), sizeBytes: 10, shown: 'later' },
    { id: 3, type: 'VTT', language: 'it', file: '3'.repeat(32), sizeBytes: 10, shown: 'still' },
  ],
  nextId: 4,
  extracted: true,
}

const insert = (change: Parameters<typeof insertAsset>[2] = {}) =>
  insertAsset(server, server.tenant, {
    ...{ published: true, media: MEDIA, transcode: { state: 'succeeded' }, renditions: [{}], subtitles: SUBTITLES },
    ...change,
  })

const added = (change: object = {}, file: object = {}) => ({
  ...{ type: 'SRT', language: 'en', obs_info: { bucket: BUCKET, object: 'en.srt', ...file } },
  ...change,
})
const french = { type: 'VTT', language: 'fr' }

const modify = (body: unknown) => callOperation(server.tenant, 'modifySubtitle', { body })
const refusal = async (body: unknown): Promise<string> => {
  const call = server.tenant.call('PUT', '/asset/subtitles', { version: 'v1', body })
  return `${await refused(call)} ${Object((await call).body).error_msg}`
}
const stored = async (id: AssetId) => {
  const asset = await server.foundation.reader.assetById(id)
  return { subtitles: asset?.subtitles, work: await server.foundation.engine.workOf(id) }
}

test('starts a task with all that was asked for; until its end the subtitles are as they were, and a second call waits', async () => {
  const id = await insert()
  const body = {
    ...{ asset_id: id, default_language: 'EN', repackage_mode: 0, delete_mode: '1', is_default: true },
    ...{ add_subtitles: [added({}, { region: 'cn-north-4' })], delete_subtitles: [{ type: 'SRT', language: 'DE' }] },
  }
  expect(await modify(body)).toEqual({ asset_id: id })
  const { subtitles, work } = await stored(id)
  const object = { bucket: BUCKET, key: 'en.srt', sizeBytes: SRT.length, etag: expect.any(String) }
  expect(subtitles).toEqual({
    ...SUBTITLES,
    change: {
      ...{ type: 'edit', attaches: true, detaches: false, defaultLanguage: 'en' },
      ...{ add: [{ type: 'SRT', language: 'en', object }], remove: [{ type: 'SRT', language: 'de' }] },
    },
  })
  expect(work.map(({ kind, state }) => `${kind} ${state}`)).toEqual(['subtitles queued'])
  const { assets } = await callOperation(server.tenant, 'listAssetList', { query: `asset_id=${id}` })
  expect(assets[0].subtitle_repackage_status).toBe('REPACKAGING')
  expect(await refusal(body)).toMatch(/^400 VOD\.10083 /)
  await server.tenant.native('POST', '/assets/cancel', { asset_id: id })
  expect((await stored(id)).subtitles).toEqual({
    ...SUBTITLES,
    ...{ lastEdit: 'failed', note: 'Subtitles: Cancelled on request' },
  })
})

test('of calls at once one is taken, whole, and the others are told that the asset is busy', async () => {
  const id = await insert()
  const languages = ['en', 'ja', 'ko', 'nl']
  const call = (language: string) =>
    server.tenant.call('PUT', '/asset/subtitles', {
      ...{ version: 'v1', body: { asset_id: id, add_subtitles: [added({ language })], delete_subtitles: [french] } },
    })
  const answers = await Promise.all(languages.map(call))
  const taken = languages.filter((_, n) => answers[n]?.status === 202)
  const refusals = answers
    .filter(({ status }) => status !== 202)
    .map(({ status, body }) => [status, Object(body).error_code])
  expect([taken.length, refusals]).toEqual([1, Array(3).fill([400, 'VOD.10083'])])
  const { subtitles, work } = await stored(id)
  expect(subtitles?.change).toMatchObject({ add: [{ language: taken[0] }], remove: [french] })
  expect(work.map(({ kind, state }) => `${kind} ${state}`)).toEqual(['subtitles queued'])
})

test('the SDK shows those that the asset has, wherever they are shown', async () => {
  const id = await insert()
  const expected = [
    { id: 1, type: 'VTT', language: 'fr', url: `${server.url}/asset/${id}/play_video/${'1'.repeat(32)}_subtitle.vtt` },
    { id: 2, type: 'SRT', language: 'de', url: `${server.url}/asset/${id}/play_video/${'2'.repeat(32)}_subtitle.vtt` },
  ]
  const details = Object(await server.tenant.vod.showAssetDetail(new ShowAssetDetailRequest(id)))
  expect(details.base_info.subtitle_info).toEqual(expected)
  const meta = Object(await server.tenant.vod.showAssetMeta(new ShowAssetMetaRequest().withAssetId([id])))
  expect(meta.asset_info_array[0].base_info.subtitle_info).toEqual(expected)
})

const many = (count: number) => Array.from({ length: count }, (_, n) => added({ language: `en-x-n${n}` }))

test.each<[string, object, string]>([
  ['no asset', { asset_id: '' }, '400 VOD.10053 .*asset_id'],
  ['another type of asset_id', { asset_id: {} }, '400 VOD.10053 .*asset_id'],
  ['an unknown asset', { asset_id: newAssetId(), delete_subtitles: [french] }, '400 VOD.10062'],
  ['nothing to do', { add_subtitles: [] }, '400 VOD.10053 .*add_subtitles'],
  ['repackage_mode 2', { repackage_mode: '2' }, '400 VOD.10053 .*repackage_mode'],
  ['delete_mode yes', { delete_mode: 'yes' }, '400 VOD.10053 .*delete_mode'],
  ['a default that is no language', { default_language: 'en_US' }, '400 VOD.10053 .*default_language'],
  ['a default of 33 bytes', { default_language: 'x'.repeat(33) }, '400 VOD.10053 .*default_language'],
  ['a default that is not there', { default_language: 'ja' }, '400 VOD.10053 .*default_language'],
  ['a default that is removed', { default_language: 'fr', delete_subtitles: [french] }, '400 VOD.10053 .*default_lang'],
  ['a default that was removed', { default_language: 'it' }, '400 VOD.10053 .*default_language'],
  ['subtitles that are no list', { add_subtitles: 'en' }, '400 VOD.10053 .*add_subtitles'],
  ['17 additions', { add_subtitles: many(17) }, '400 VOD.10053 .*add_subtitles'],
  [
    'an unknown type',
    { add_subtitles: [added({ type: 'ASS' })] },
    '400 VOD.10053 .*add_subtitles\\.type \\(entry 1\\)',
  ],
  ['no type', { add_subtitles: [added({ type: undefined })] }, '400 VOD.10053 .*type'],
  ['no language', { add_subtitles: [added({ language: undefined })] }, '400 VOD.10053 .*language'],
  [
    'a language that is none',
    { add_subtitles: [added(), added({ language: '"' })] },
    '400 VOD.10053 .*add_subtitles\\.language \\(entry 2\\)',
  ],
  ['a language of 33 bytes', { add_subtitles: [added({ language: 'é'.repeat(17) })] }, '400 VOD.10053 .*language'],
  ['no place', { add_subtitles: [added({ obs_info: undefined })] }, '400 VOD.10053 .*obs_info'],
  ['a bucket of two letters', { add_subtitles: [added({}, { bucket: 'ab' })] }, '400 VOD.10053 .*bucket'],
  ['a bucket of 64 letters', { add_subtitles: [added({}, { bucket: 'a'.repeat(64) })] }, '400 VOD.10053 .*bucket'],
  ['no object', { add_subtitles: [added({}, { object: undefined })] }, '400 VOD.10053 .*object'],
  ['an object of 1024 bytes', { add_subtitles: [added({}, { object: 'a'.repeat(1024) })] }, '400 VOD.10053 .*object'],
  [
    'the same twice',
    { add_subtitles: [added(), added({ language: 'EN' })] },
    '400 VOD.10053 .*add_subtitles \\(entry 2\\)',
  ],
  ['a removal twice', { delete_subtitles: [french, french] }, '400 VOD.10053 .*delete_subtitles \\(entry 2\\)'],
  ['17 removals', { delete_subtitles: Array.from({ length: 17 }, () => french) }, '400 VOD.10053 .*delete_subtitles'],
  ['a removal of no type', { delete_subtitles: [{ language: 'fr' }] }, '400 VOD.10053 .*type'],
  [
    'a removal of no language',
    { delete_subtitles: [{ type: 'VTT', language: '-' }] },
    '400 VOD.10053 .*delete_subtitles\\.language \\(entry 1\\)',
  ],
  [
    'a language that is added and removed',
    { add_subtitles: [added({ language: 'fr' })], delete_subtitles: [french] },
    '400 VOD.10053 .*delete_subtitles\\.language \\(entry 1\\)',
  ],
  ['a removal of what is not there', { delete_subtitles: [{ type: 'SRT', language: 'fr' }] }, '400 VOD.10129'],
  ['a removal of what was removed', { delete_subtitles: [{ type: 'VTT', language: 'it' }] }, '400 VOD.10129'],
  ['another region', { add_subtitles: [added({}, { region: 'eu-west-0' })] }, '400 VOD.10075 .*eu-west-0'],
  ['a bucket that is not authorised', { add_subtitles: [added({}, { bucket: 'ungranted' })] }, '400 VOD.10114'],
  ['a bucket that does not exist', { add_subtitles: [added({}, { bucket: 'nowhere' })] }, '400 VOD.10114'],
  [
    'an object that is missing',
    { add_subtitles: [added(), added({ language: 'ja' }, { object: 'no.srt' })] },
    '400 VOD.10129',
  ],
  [
    'a file above 10 MB',
    { add_subtitles: [added({}, { object: 'large.srt' })] },
    '400 VOD.10053 .*add_subtitles\\.obs_info\\.object \\(entry 1\\)',
  ],
  [
    'a file that is no text',
    { add_subtitles: [added({}, { object: 'binary.srt' })] },
    '400 VOD.10053 .*is no text in UTF-8',
  ],
  [
    'a broken file',
    { add_subtitles: [added({}, { object: 'broken.srt' })] },
    '400 VOD.10053 .*at line 6: expected times',
  ],
  ['WebVTT as SRT', { add_subtitles: [added({}, { object: 'en.vtt' })] }, '400 VOD.10053 .*its type is VTT'],
  ['SRT as WebVTT', { add_subtitles: [added({ type: 'VTT' })] }, '400 VOD.10053 .*begins with WEBVTT'],
])('%s is refused, and nothing changes', async (_, change, expected) => {
  const id = await insert()
  expect(await refusal({ asset_id: id, ...change })).toMatch(new RegExp(`^${expected}`))
  expect(await stored(id)).toEqual({ subtitles: SUBTITLES, work: [] })
})

test.each([
  ['a transcode runs', { transcode: { state: 'running' } }, '400 VOD.10083'],
  ['its encryption changes', { encryption: { change: {} } }, '400 VOD.10083'],
  ['its subtitles change', { subtitles: { ...SUBTITLES, change: { type: 'extract' } } }, '400 VOD.10083'],
  ['it has no outputs', { renditions: [] }, '400 VOD.10083'],
  ['no output is HLS', { renditions: [{ format: 'DASH' }] }, '400 VOD.10083'],
  ['the stream is the tenant’s own', { videoType: 'HLS' }, '400 VOD.10083'],
  ['it is deleted', { published: false, ingest: { state: 'deleted' } }, '404 VOD.10062'],
] as const)('is refused while %s', async (_, state, expected) => {
  const id = await insert(state)
  const before = await stored(id)
  expect(await refusal({ asset_id: id, add_subtitles: [added()] })).toMatch(new RegExp(`^${expected}`))
  expect(await stored(id)).toEqual(before)
})

test('an asset of another project does not exist', async () => {
  const id = await insertAsset(server, await server.addProject('neighbour'), { renditions: [{}] })
  expect(await refusal({ asset_id: id, add_subtitles: [added()] })).toMatch(/^400 VOD\.10062/)
})

test('more than 64 are refused', async () => {
  const [track] = SUBTITLES.tracks
  if (!track) throw new Error('there is one')
  const tracks = Array.from({ length: 64 }, (_, n) => ({ ...track, id: n + 1, language: `en-x-n${n}` }))
  const id = await insert({ subtitles: { tracks, nextId: 65 } })
  const order = (language: string) => ({
    asset_id: id,
    add_subtitles: [added({ language, type: 'VTT' }, { object: 'en.vtt' })],
  })
  expect(await refusal(order('en'))).toMatch(/^400 VOD\.10053 .*add_subtitles.*64/)
  expect(await modify(order('en-x-n5'))).toEqual({ asset_id: id })
})

import {
  FileAddr,
  PublishAssetFromObsReq,
  PublishAssetFromObsRequest,
  type PublishAssetFromObsReqVideoTypeEnum,
  ShowAssetCipherRequest,
  ShowAssetDetailRequest,
} from '@huaweicloud/huaweicloud-sdk-vod'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { AssetId } from '../../src/core/shared/ids.ts'
import { type KeyRing, openKeyRing } from '../../src/main/encryption.ts'
import { callOperation, makeGrantedBucket, newAssetId, outcomeOf, refused } from './asset-fixtures.ts'
import { get, insertDelivered, PLAYLIST, RUN, SEGMENT, SOURCE_FILE } from './delivery-fixtures.ts'
import { type ContractServer, REGION, refusalOf, startContractServer } from './support.ts'

let server: ContractServer
let ring: KeyRing
let id: AssetId
let key: string
beforeAll(async () => {
  server = await startContractServer()
  ring = openKeyRing(server.foundation)
  await makeGrantedBucket(server, 'film.mp4')
  id = newAssetId()
  key = ring.keys.make(id)
  await insertDelivered(server, { id, encryption: { key } })
  const playlist = `#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="../keys/${RUN}",IV=0x00\n#EXTINF:1,\n${RUN}_1/00000.m4s\n`
  await put(PLAYLIST, playlist)
  await put(
    'play_video/index.m3u8',
    `#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n${PLAYLIST.slice('play_video/'.length)}\n`,
  )
})
afterAll(() => server[Symbol.asyncDispose]())
beforeEach(() => ring.keySettings.setKeySettings(server.tenant.projectId, { keyService: true }))

const put = (path: string, text: string) => {
  const { store, config } = server.foundation
  const object = { bucket: config.vodBucket, key: `${server.tenant.projectId}/${id}/${path}` }
  return store.put(object, Buffer.from(text), { contentType: 'text/plain' })
}

const asked = (more: object) => ({
  ...{ video_type: 'MP4', title: 'A film', template_group_name: 'system_template_group', auto_encrypt: 1 },
  input: { bucket: 'studio-raw', location: REGION, object: 'film.mp4' },
  ...more,
})

describe('auto_encrypt', () => {
  const made = async (body: object) => {
    const { asset_id } = await callOperation(server.tenant, 'publishAssetFromObs', { body })
    return server.foundation.reader.assetById(asset_id)
  }

  test('through the SDK gives the asset a key of its own, which the SDK shows', async () => {
    const body = new PublishAssetFromObsReq('MP4' as PublishAssetFromObsReqVideoTypeEnum, 'A film')
      .withInput(new FileAddr('studio-raw', REGION, 'film.mp4'))
      .withTemplateGroupName('system_template_group')
      .withAutoEncrypt(1)
    const answer = await server.tenant.vod.publishAssetFromObs(new PublishAssetFromObsRequest().withBody(body))
    const { asset_id } = Object(answer)
    const cipher = await server.tenant.vod.showAssetCipher(new ShowAssetCipherRequest(asset_id))
    expect(cipher).toMatchObject({ httpStatusCode: 200, asset_id, edk: expect.stringMatching(/^[0-9a-f]{88}$/) })
    expect(Buffer.from(cipher.dk ?? '', 'base64')).toHaveLength(16)
    const other = await made(asked({}))
    expect(other?.encryption?.key).toMatch(/^[0-9a-f]{88}$/)
    expect(other?.encryption?.key).not.toBe(cipher.edk)
  })
  test('is the group’s to say, too, and the group shows it', async () => {
    const video = { quality: 'SD', width: 640, height: 360 }
    const group = {
      ...{ name: 'secret', type: 'custom_template_group', auto_encrypt: 1, common: { pvc: '0' } },
      quality_info_list: [{ format: 'HLS', video, audio: { sample_rate: 1, channels: 2 } }],
    }
    const { group_id } = await callOperation(server.tenant, 'createTemplateGroup', { body: group })
    const shown = async () =>
      (await callOperation(server.tenant, 'listTemplateGroup', { query: `group_id=${group_id}` }))
        .template_group_list[0].auto_encrypt
    expect(await shown()).toBe(1)
    const body = asked({ auto_encrypt: 0, template_group_name: 'secret' })
    expect((await made(body))?.encryption?.key).toBeDefined()
    const change = { group_id, name: 'secret', auto_encrypt: 0 }
    await callOperation(server.tenant, 'updateTemplateGroup', { body: change })
    expect(await shown()).toBe(0)
    expect(await made(body)).not.toHaveProperty('encryption')
  })
  test('without a key URL and with the key service off is VOD.10100, and a key URL is enough', async () => {
    await server.tenant.native('PUT', '/settings/key-url', { key_service: false })
    const call = () => server.tenant.call('POST', '/asset/reproduction', { body: asked({}) })
    expect(await refused(call())).toBe('400 VOD.10100')
    await server.tenant.native('PUT', '/settings/key-url', { key_url: 'https://keys.example/get' })
    expect((await call()).status).toBe(200)
  })
})

describe('showAssetCipher', () => {
  test('is VOD.10101 for what is not encrypted, in the SDK’s words', async () => {
    const clear = await insertDelivered(server)
    const call = server.tenant.vod.showAssetCipher(new ShowAssetCipherRequest(clear))
    expect(await refusalOf(call)).toMatchObject({
      ...{ status: 400, code: 'VOD.10101', message: 'Unable to get the key because there is no encryption.' },
    })
  })
  test('knows no asset of another project, no deleted and no unknown one', async () => {
    const other = await server.addProject('other-keys')
    expect(await refused(other.call('GET', '/asset/ciphers', { query: `asset_id=${id}` }))).toBe('400 VOD.10062')
    const gone = await insertDelivered(server, { published: false, ingest: { state: 'deleted' }, encryption: { key } })
    const queries = [`asset_id=${gone}`, `asset_id=${'0'.repeat(32)}`, '']
    const answers = queries.map((query) => refused(server.tenant.call('GET', '/asset/ciphers', { query })))
    expect(await Promise.all(answers)).toEqual(['404 VOD.10062', '400 VOD.10062', '400 VOD.10053'])
  })
})

test('the details mark encrypted outputs, and offer the source to its owner only', async () => {
  const details = Object(await server.tenant.vod.showAssetDetail(new ShowAssetDetailRequest(id)))
  const marks = details.transcode_info.output.map(({ encrypted }: { encrypted: number }) => encrypted)
  expect(marks).toEqual([1, 1])
  expect(details.base_info.video_url).toBe('')
  expect((await fetch(details.base_info.sign_url)).status).toBe(200)
  expect((await get(server, `/asset/${id}/${SOURCE_FILE}`)).status).toBe(404)
})

describe('the key URL of a project', () => {
  const PATH = '/settings/key-url'
  test('is kept until it is cleared', async () => {
    expect(await server.tenant.native('GET', PATH)).toEqual({ key_url: '', key_service: true })
    await server.tenant.native('PUT', PATH, { key_url: 'https://keys.example/get?tenant=7' })
    expect(await server.tenant.native('GET', PATH)).toEqual({
      key_url: 'https://keys.example/get?tenant=7',
      key_service: true,
    })
    await server.tenant.native('PUT', PATH, { key_url: '', key_service: false })
    expect(await server.tenant.native('GET', PATH)).toEqual({ key_url: '', key_service: false })
  })
  test.each([
    ...['keys.example/get', 'ftp://keys.example/', 'javascript:alert(1)', 'https://user:pw@keys.example/'],
    ...['https://keys.example/#a', `https://keys.example/${'k'.repeat(1024)}`],
  ])('is not %s', async (key_url) => {
    expect(await outcomeOf(server.tenant.native('PUT', PATH, { key_url }))).toBe('400 VOD.10053')
    expect(await server.tenant.native('GET', PATH)).toEqual({ key_url: '', key_service: true })
  })
})

describe('the key service', () => {
  const tokenFor = async (more: object = {}) =>
    String(
      (await server.tenant.native('POST', '/assets/play-tokens', { asset_id: id, viewer: 'alice', ...more }))['token'],
    )
  const ask = (token: string, { run = RUN, asset = id }: { run?: string; asset?: string } = {}) =>
    fetch(`${server.url}/asset/${asset}/keys/${run}?token=${token}`)

  test('answers 16 bytes to a valid token, to any site, and lets nobody keep them', async () => {
    const answer = await ask(await tokenFor({ address: '127.0.0.1' }))
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(Buffer.from(ring.keys.open(key, id)))
    expect([answer.status, Object.fromEntries(answer.headers)]).toMatchObject([
      200,
      {
        ...{ 'access-control-allow-origin': '*', 'cache-control': 'no-store' },
        ...{ 'content-type': 'application/octet-stream', 'content-length': '16' },
      },
    ])
  })
  test.each([
    ['none', async () => '', 'needs a valid token'],
    ['one that nobody made', async () => 'A'.repeat(200), 'needs a valid token'],
    ['another viewer’s', () => tokenFor({ address: '192.0.2.1' }), 'another viewer'],
  ])('refuses without a valid token: %s', async (_, token, reason) => {
    const answer = await ask(await token())
    expect([answer.status, answer.headers.get('content-type')]).toEqual([403, 'text/plain; charset=utf-8'])
    expect(await answer.text()).toContain(reason)
  })
  test('refuses the token of another asset', async () => {
    const other = newAssetId()
    await insertDelivered(server, { id: other, encryption: { key: ring.keys.make(other) } })
    expect((await ask(await tokenFor(), { asset: other })).status).toBe(403)
  })
  test('knows only the runs that are served', async () => {
    expect((await ask(await tokenFor(), { run: 'e'.repeat(32) })).status).toBe(404)
  })
  test('gives nothing of unpublished, clear and unknown assets, nor when it is off', async () => {
    const token = await tokenFor()
    const other = newAssetId()
    await insertDelivered(server, { id: other, published: false, encryption: { key: ring.keys.make(other) } })
    const clear = await insertDelivered(server)
    for (const asset of [other, clear, newAssetId(), 'nonsense']) expect((await ask(token, { asset })).status).toBe(404)
    await server.tenant.native('PUT', '/settings/key-url', { key_service: false })
    expect((await ask(token)).status).toBe(404)
    expect(await outcomeOf(tokenFor())).toBe('409 TELECINE.0409')
  })
  test('stops a viewer who asks for keys all the time, and no other viewer', async () => {
    const token = await tokenFor({ viewer: 'greedy' })
    // In one minute or in the next.
    const statuses = await Promise.all(Array.from({ length: 125 }, async () => (await ask(token)).status))
    expect(new Set(statuses)).toEqual(new Set([200, 429]))
    expect((await ask(await tokenFor())).status).toBe(200)
  })
  test('makes tokens for encrypted assets of the project only, for a limited time', async () => {
    const clear = await insertDelivered(server)
    expect(await outcomeOf(tokenFor({ asset_id: clear }))).toBe('400 VOD.10101')
    expect(await outcomeOf(tokenFor({ asset_id: newAssetId() }))).toBe('400 VOD.10062')
    for (const wrong of [{ ttl_seconds: 9 }, { ttl_seconds: 86_401 }, { viewer: '' }, { address: 'home' }]) {
      expect([wrong, await outcomeOf(tokenFor(wrong))]).toEqual([wrong, '400 VOD.10053'])
    }
    for (const address of ['999.1.1.1', '1.2.3', ':', '1:2', '::1::', '2001:db8::1/64']) {
      expect([address, await outcomeOf(tokenFor({ address }))]).toEqual([address, '400 VOD.10053'])
    }
    for (const address of ['2001:db8::1', '::ffff:192.0.2.1']) expect(await tokenFor({ address })).toMatch(/^[\w-]+$/)
  })
})

describe('a playlist that is asked for with a token', () => {
  const at = (path: string, query = '?token=x.y') => get(server, `/asset/${id}/${path}${query}`)
  test('hands it on to child playlists and keys, and is kept by nobody', async () => {
    const [master, media] = [await at('play_video/index.m3u8'), await at(PLAYLIST)]
    expect(master.body).toBe(
      `#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n${PLAYLIST.slice('play_video/'.length)}?token=x.y\n`,
    )
    expect(media.body).toContain(`URI="../keys/${RUN}?token=x.y",IV=`)
    expect(media.body).toContain(`\n${RUN}_1/00000.m4s\n`)
    for (const { headers } of [master, media]) {
      expect(headers).toMatchObject({ 'cache-control': 'private, no-store', 'access-control-allow-origin': '*' })
      expect(headers).not.toHaveProperty('etag')
    }
  })
  test('takes a plus for a plus', async () => {
    for (const query of ['?token=a+b', '?token=a%2Bb']) {
      expect((await at(PLAYLIST, query)).body).toContain(`URI="../keys/${RUN}?token=a%2Bb",IV=`)
    }
  })
  test('answers HEAD, and a file that is missing is 404', async () => {
    const head = await get(server, `/asset/${id}/${PLAYLIST}?token=t`, { method: 'HEAD' })
    expect([head.status, head.body]).toEqual([200, ''])
    expect((await at(`play_video/${RUN}_9.m3u8`)).status).toBe(404)
  })
  test('of an asset that is clear, or without a token, is as it is stored', async () => {
    expect((await at(PLAYLIST, '')).headers['cache-control']).toBe('no-cache')
    expect((await at(PLAYLIST, '?token=%22%0a')).body).not.toContain('token')
    const clear = await insertDelivered(server)
    expect((await get(server, `/asset/${clear}/${PLAYLIST}?token=t`)).headers).toHaveProperty('etag')
  })
  test('segments stay what they are', async () => {
    expect((await at(SEGMENT)).headers['cache-control']).toContain('immutable')
  })
})

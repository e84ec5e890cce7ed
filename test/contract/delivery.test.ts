import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AssetId } from '../../src/core/shared/ids.ts'
import { insertAsset } from './asset-fixtures.ts'
import { FILES, get, insertDelivered, PLAYLIST, putFiles, RUN, SEGMENT, SOURCE_FILE } from './delivery-fixtures.ts'
import { type ContractServer, startContractServer } from './support.ts'

let server: ContractServer
let id: AssetId
beforeAll(async () => {
  server = await startContractServer()
  id = await insertDelivered(server)
})
afterAll(() => server[Symbol.asyncDispose]())

const at = (path: string, sent: Parameters<typeof get>[2] = {}) => get(server, `/asset/${id}/${path}`, sent)

describe('a file', () => {
  test.each([
    [SOURCE_FILE, 'video/mp4', 'public, max-age=31536000, immutable'],
    [SEGMENT, 'video/mp4', 'public, max-age=31536000, immutable'],
    ['cover/Cover0.jpg', 'image/jpeg', 'public, max-age=180'],
    [PLAYLIST, 'application/vnd.apple.mpegurl', 'no-cache'],
  ])('%s is served as %s, to be kept %s', async (path, type, caching) => {
    const { status, headers, body } = await at(path)
    expect([status, body]).toEqual([200, FILES[path]])
    expect(headers).toMatchObject({
      ...{ 'content-type': type, 'cache-control': caching, 'content-length': String(FILES[path]?.length) },
      ...{ 'accept-ranges': 'bytes', 'x-content-type-options': 'nosniff', 'access-control-allow-origin': '*' },
      ...{ etag: expect.stringMatching(/^".+"$/), 'x-request-id': expect.stringMatching(/^[0-9a-f]{32}$/) },
    })
    expect(headers['access-control-expose-headers']).toContain('Content-Range')
  })
  test('that is an index is sent whole, with the same validation', async () => {
    const index = 'play_video/index.m3u8'
    const { status, headers, body } = await at(index)
    expect([status, body, headers['content-type'], headers['cache-control'], headers['content-length']]).toEqual([
      ...[200, FILES[index], 'application/vnd.apple.mpegurl', 'no-cache', String(FILES[index]?.length)],
    ])
    const again = await at(index, { headers: { 'if-none-match': String(headers['etag']) } })
    expect([again.status, again.body, again.headers['etag']]).toEqual([304, '', headers['etag']])
    const head = await at(index, { method: 'HEAD' })
    expect([head.status, head.body, head.headers['content-length']]).toEqual([200, '', headers['content-length']])
  })
  test('is served without a query of the caller’s having a say', async () => {
    expect((await at(`${SOURCE_FILE}?filename=other.mp4`)).body).toBe(FILES[SOURCE_FILE])
  })
  test('answers HEAD with the same headers and nothing else', async () => {
    const [whole, head] = [await at(SEGMENT), await at(SEGMENT, { method: 'HEAD' })]
    expect([head.status, head.body]).toEqual([200, ''])
    for (const name of ['etag', 'content-length', 'content-type', 'cache-control', 'last-modified']) {
      expect([name, head.headers[name]]).toEqual([name, whole.headers[name]])
    }
  })
})

describe('a range', () => {
  test.each([
    ['bytes=0-3', 206, '0123', 'bytes 0-3/10'],
    ['bytes=7-', 206, '789', 'bytes 7-9/10'],
    ['bytes=-2', 206, '89', 'bytes 8-9/10'],
    ['bytes=4-99', 206, '456789', 'bytes 4-9/10'],
    ['bytes=-99', 206, '0123456789', 'bytes 0-9/10'],
    ['bytes=9-9', 206, '9', 'bytes 9-9/10'],
    ['bytes=0-1,4-5', 200, '0123456789', undefined],
    ['bytes=5-2', 200, '0123456789', undefined],
    ['lines=1-2', 200, '0123456789', undefined],
    ['bytes=10-', 416, '', 'bytes */10'],
    ['bytes=-0', 416, '', 'bytes */10'],
  ])('%s is %d', async (range, status, body, contentRange) => {
    const answer = await at(SEGMENT, { headers: { range } })
    expect([answer.status, answer.body, answer.headers['content-range']]).toEqual([status, body, contentRange])
    if (status !== 416) expect(answer.headers['content-length']).toBe(String(body.length))
    const kept = status === 416 ? 'no-store' : 'public, max-age=31536000, immutable'
    expect(answer.headers['cache-control']).toBe(kept)
  })
  test('of HEAD is told without bytes', async () => {
    const answer = await at(SEGMENT, { method: 'HEAD', headers: { range: 'bytes=2-4' } })
    expect([answer.status, answer.body, answer.headers['content-length']]).toEqual([206, '', '3'])
  })
  test('of another version than the client has is the whole', async () => {
    const { etag = '', 'last-modified': modified = '' } = (await at(SEGMENT)).headers
    const partOf = async (ifRange: string) => {
      const answer = await at(SEGMENT, { headers: { range: 'bytes=0-3', 'if-range': ifRange } })
      return [answer.status, answer.body]
    }
    expect(await partOf(String(etag))).toEqual([206, '0123'])
    expect(await partOf('"other"')).toEqual([200, '0123456789'])
    expect(await partOf(`W/${etag}`)).toEqual([200, '0123456789'])
    // A date is no exact version: two may fall into one second.
    expect((await partOf(String(modified)))[1]).toMatch(/^0123/)
  })
})

describe('a client that has it already', () => {
  test.each([
    ['the same', (etag: string) => etag],
    ['weak', (etag: string) => `W/${etag}`],
    ['one of several', (etag: string) => `"x", ${etag}`],
    ['any', () => '*'],
  ])('is told so: %s', async (_, match) => {
    const { etag = '' } = (await at(SEGMENT)).headers
    const answer = await at(SEGMENT, { headers: { 'if-none-match': match(String(etag)) } })
    expect([answer.status, answer.body, answer.headers['etag']]).toEqual([304, '', etag])
    expect(answer.headers['cache-control']).toContain('immutable')
  })
  test('gets the new one', async () => {
    expect((await at(SEGMENT, { headers: { 'if-none-match': '"old"' } })).status).toBe(200)
  })
})

test('a player on another site may ask for ranges', async () => {
  const headers = {
    ...{ origin: 'https://example.com', 'access-control-request-method': 'GET' },
    'access-control-request-headers': 'range',
  }
  const { status, headers: answer } = await at(SEGMENT, { method: 'OPTIONS', headers })
  expect(status).toBe(204)
  expect(answer).toMatchObject({ 'access-control-allow-origin': '*' })
  expect(answer['access-control-allow-methods']).toContain('GET')
  expect(String(answer['access-control-allow-headers']).toLowerCase()).toContain('range')
})

describe('nothing is served of', () => {
  test.each([
    ['an unpublished asset', { published: false }],
    ['a deleted one', { published: false, ingest: { state: 'deleted' } }],
    ['one that failed', { published: false, ingest: { state: 'failed', reason: 'r' } }],
    ['one that is not in place yet', { published: false, ingest: { state: 'creating' } }],
  ] as const)('%s', async (_, change) => {
    const hidden = await insertDelivered(server, change)
    for (const path of Object.keys(FILES)) {
      const { status, headers } = await get(server, `/asset/${hidden}/${path}`)
      expect([path, status, headers['cache-control']]).toEqual([path, 404, 'no-store'])
    }
    for (const page of ['', '/state']) expect((await get(server, `/watch/${hidden}${page}`)).status).toBe(404)
  })
  test('an asset that never was', async () => {
    expect((await get(server, `/asset/${'0'.repeat(32)}/${SEGMENT}`)).status).toBe(404)
    expect((await get(server, `/asset/nonsense/${SEGMENT}`)).status).toBe(404)
  })
  test('a file that is not there, or not recorded as verified', async () => {
    const paths = [
      ...['', 'private.txt', 'cover/Cover1.jpg', 'cover/', 'play_video/', 'play_video', 'play_video/other.m3u8'],
      ...[`play_video/${'e'.repeat(32)}_1/00000.m4s`, `play_video/${RUN}_1/00009.m4s`, `play_video/${RUN}_1`],
    ]
    for (const path of paths) expect([path, (await at(path)).status]).toEqual([path, 404])
  })
  test('a stream without renditions, a cover that was not made, a source that was removed', async () => {
    const bare = await insertAsset(server, server.tenant, { published: true, sourceRemoved: true })
    await putFiles(server, bare)
    for (const path of Object.keys(FILES)) {
      expect([path, (await get(server, `/asset/${bare}/${path}`)).status]).toEqual([path, 404])
    }
  })
})

describe('a path is no way out', () => {
  const tricks = [
    ...['../x', '..', './', '%2e%2e/x', '%2E%2E%2Fx', '..%2fprivate.txt', 'cover/../private.txt'],
    ...[
      'play_video/../private.txt',
      `play_video/${RUN}_1/../../private.txt`,
      `play_video/${RUN}%2f..%2f..%2fprivate.txt`,
    ],
    ...[
      'play_video/%2e%2e/private.txt',
      '%00',
      `${SOURCE_FILE}%00.jpg`,
      `play_video/${RUN}_1/%00`,
      '%',
      '%zz',
      '%c0%ae',
    ],
    ...[
      '/private.txt',
      '//etc/passwd',
      'cover//Cover0.jpg',
      'play_video//index.m3u8',
      `play_video/${RUN}_1\\..\\private`,
    ],
    ...[`${'../'.repeat(12)}etc/passwd`, `${'%2e%2e%2f'.repeat(12)}etc/passwd`],
  ]
  test.each(tricks)('%s', async (path) => {
    const { status, body } = await at(path)
    expect(status).toBeGreaterThanOrEqual(400)
    expect(status).toBeLessThan(500)
    expect(body).not.toContain('nobody may see this')
    expect(body).not.toContain('root:')
  })
})

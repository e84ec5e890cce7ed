import { createServer } from 'node:http'
import { ShowAssetCipherRequest } from '@huaweicloud/huaweicloud-sdk-vod'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { filesOf } from '../../src/core/packaging/rewrite-playlist.ts'
import { segmentCipher } from '../../src/core/packaging/segment-cipher.ts'
import type { AssetId } from '../../src/core/shared/ids.ts'
import { readWhole } from '../../src/core/shared/read-whole.ts'
import { inBrowser, openBrowser, watch, withoutBrowser } from '../support/browser.ts'
import { ffmpeg } from '../support/ffmpeg.ts'
import { type Installation, startInstallation } from '../support/installation.ts'
import { clip } from '../support/media.ts'
import { PATIENT, until } from '../support/until.ts'
import { decoded } from './decoded.ts'

// One encrypted asset on its way through rotation to clear and back; each test takes up where the one before left it.
let installation: Installation
let source: string
let id: AssetId
/** Decrypted as they were first stored, by the name of track and file. */
let segments: ReadonlyMap<string, Buffer>

/** The tenant's key service: one token gets the key, every other one a wrong key. */
const keyService = createServer((request, response) => {
  const { searchParams } = new URL(request.url ?? '', 'http://localhost')
  const isRight = searchParams.get('token') === 'right' && searchParams.get('tenant') === '7'
  const answer = isRight ? keyOf(searchParams.get('asset_id') ?? '') : Promise.resolve(Buffer.alloc(16, 1))
  answer.then(
    (key) => response.writeHead(200, { 'access-control-allow-origin': '*' }).end(key),
    () => response.destroy(),
  )
})

beforeAll(async () => {
  installation = await startInstallation()
  const args = ['-vf', 'scale=854:480,setsar=1', '-c:v', 'libx264', '-preset', 'ultrafast', '-c:a', 'aac', '-ac', '2']
  source = await clip({ seconds: 3, args })
  await installation.put('film.mp4', { file: source })
  await new Promise<void>((listening) => keyService.listen(0, '127.0.0.1', listening))
})
afterAll(async () => {
  keyService.closeAllConnections()
  await new Promise((closed) => keyService.close(closed))
  await installation[Symbol.asyncDispose]()
})

const keyOf = async (asset: string): Promise<Buffer> => {
  const { dk = '' } = await installation.tenant.vod.showAssetCipher(new ShowAssetCipherRequest(asset))
  return Buffer.from(dk, 'base64')
}

const tokenFor = async () =>
  Object(await installation.tenant.native('POST', '/assets/play-tokens', { asset_id: id, viewer: 'alice' })) as {
    readonly token: string
    readonly play_url: string
    readonly watch_url: string
  }

const change = async (wanted: { readonly enabled: boolean; readonly rotate?: boolean }) => {
  await installation.tenant.native('PUT', '/assets/encryption', { asset_id: id, ...wanted })
  await until('the change is made', async () => {
    const asset = await installation.server.foundation.reader.assetById(id)
    return asset?.encryption?.change === undefined
  })
}

const streams = async () => {
  const listed = await installation.streams(id)
  return { index: listed[0]?.url ?? '', media: listed[1]?.url ?? '', marks: listed.map((one) => Object(one).encrypted) }
}

/** Whatever happens: how many frames a player without mercy gets to see. */
const framesOf = async (url: string): Promise<number> => {
  const args = ['-v', 'quiet', '-i', url, '-map', '0:v:0', '-f', 'null', '-progress', 'pipe:1', '-']
  const { stdout } = await ffmpeg(...args).catch((error: unknown) => Object(error))
  return Number([...String(stdout).matchAll(/^frame=(\d+)/gm)].at(-1)?.[1] ?? 0)
}

/** The stored segments of the present run, by track and file; opened if there is a key. */
const storedSegments = async (key?: Uint8Array): Promise<ReadonlyMap<string, Buffer>> => {
  const { store, config } = installation.server.foundation
  const run = await runNow()
  const found = new Map<string, Buffer>()
  for (const path of await installation.objects(id)) {
    if (!path.startsWith(`play_video/${run}`) || !path.endsWith('.m4s')) continue
    const object = { bucket: config.vodBucket, key: `${installation.tenant.projectId}/${id}/${path}` }
    const bytes = await readWhole(store, object, { mostBytes: 2 ** 24 })
    const clear = key ? segmentCipher(key).open(bytes, path) : bytes
    found.set(path.slice('play_video/'.length + 32), Buffer.from(clear ?? ''))
  }
  return found
}

const runNow = async (): Promise<string> =>
  (await installation.server.foundation.reader.renditions([id])).get(id)?.[0]?.run ?? ''

const sourcePath = async (): Promise<string> =>
  `/asset/${id}/${(await installation.objects(id)).find((path) => path.endsWith('.mp4') && !path.includes('/'))}`

const isMp4 = (bytes: Uint8Array): boolean =>
  /^....(ftyp|styp|moof)/s.test(Buffer.from(bytes.subarray(0, 8)).toString('latin1'))

test('with a token the stream plays to its last frame; without one, nothing does', PATIENT, async () => {
  id = await installation.import('film.mp4', { encrypt: true })
  const { transcode_status, exec_desc } = await installation.settled(id)
  expect([transcode_status, exec_desc]).toEqual(['TRANSCODE_SUCCEED', expect.any(String)])
  const { index, marks } = await streams()
  expect(marks).toEqual([1, 1, 1])
  const { play_url } = await tokenFor()
  const { frames } = await decoded(source)
  expect(frames).toBeGreaterThan(50)
  expect((await decoded(play_url)).frames).toBe(frames)
  expect((await decoded(play_url, 'audio')).seconds).toBeCloseTo(3, 0)
  expect([await framesOf(index), await framesOf(`${index}?token=other`)]).toEqual([0, 0])
})

test('no clear copy can be fetched: not the source, and no segment', async () => {
  expect((await fetch(installation.server.url + (await sourcePath()))).status).toBe(404)
  const { media } = await streams()
  const [init = '', ...named] = filesOf(await (await fetch(media)).text())
  expect(named.length).toBeGreaterThan(0)
  for (const file of [init, ...named]) {
    const bytes = new Uint8Array(await (await fetch(new URL(file, media))).arrayBuffer())
    expect([file, isMp4(bytes)]).toEqual([file, file === init])
  }
  segments = await storedSegments(await keyOf(id))
  expect([...segments.values()].every(isMp4)).toBe(true)
})

test.skipIf(withoutBrowser)(
  inBrowser('the watch page plays it in Chromium with a token, and asks for one without'),
  PATIENT,
  async () => {
    const { watch_url } = await tokenFor()
    await using browser = await openBrowser()
    await using page = await watch(browser, watch_url)
    expect(await page.play(0, 0, 1)).toEqual(page.qualities[0])
    expect(await page.errors()).toEqual([])
    for (const [query, text] of [
      ['', 'plays with a token'],
      ['?token=wrong', 'was refused'],
    ] as const) {
      const other = await browser.newPage()
      await other.goto(`${installation.server.url}/watch/${id}${query}`)
      await until(`the page says "${text}"`, async () => (await other.textContent('#notice'))?.includes(text))
      expect(await other.evaluate(`document.querySelector('video').videoHeight`)).toBe(0)
    }
  },
)

test(
  'a rotation to the tenant’s own key service encodes nothing, and keeps who holds the old playlist',
  PATIENT,
  async () => {
    const before = { key: await keyOf(id), ...(await streams()), ...(await tokenFor()) }
    const old = await (await fetch(`${before.media}?token=${before.token}`)).text()
    const address = keyService.address()
    const key_url = `http://127.0.0.1:${Object(address).port}/get?tenant=7`
    await installation.tenant.native('PUT', '/settings/key-url', { key_url })
    await change({ enabled: true, rotate: true })
    const { index, media } = await streams()
    expect([index, media]).toEqual([before.index, before.media])
    expect(await (await fetch(media)).text()).toContain(`URI="${key_url}&asset_id=${id}"`)
    expect(await keyOf(id)).not.toEqual(before.key)
    expect(await storedSegments(await keyOf(id))).toEqual(segments)

    expect(await framesOf(`${index}?token=right`)).toBe((await decoded(source)).frames)
    expect(await framesOf(`${index}?token=wrong`)).toBe(0)

    const [oldKey = ''] = /(?<=URI=")[^"]+(?=",IV)/.exec(old) ?? []
    const key = await (await fetch(new URL(oldKey, before.media))).arrayBuffer()
    expect(Buffer.from(key)).toEqual(before.key)
    for (const file of filesOf(old)) expect((await fetch(new URL(file, before.media))).status).toBe(200)
  },
)

test('switched off, the segments are what they were before they were ever encrypted', PATIENT, async () => {
  await change({ enabled: false })
  const { index, marks } = await streams()
  expect(marks).toEqual([0, 0, 0])
  expect(await storedSegments()).toEqual(segments)
  expect((await decoded(index)).frames).toBe((await decoded(source)).frames)
  // A body that nobody reads would hold the connection, and the end of the test with it.
  expect((await fetch(installation.server.url + (await sourcePath()), { method: 'HEAD' })).status).toBe(200)
})

test('switched on again, what was clear is gone at once and swept', PATIENT, async () => {
  const { index, media } = await streams()
  const run = await runNow()
  const [segment = ''] = filesOf(await (await fetch(media)).text()).filter((file) => file.includes(run))
  const clear = new URL(segment, media)
  expect((await fetch(clear)).status).toBe(200)
  await change({ enabled: true })
  expect(await storedSegments(await keyOf(id))).toEqual(segments)
  expect([(await fetch(clear)).status, (await fetch(installation.server.url + (await sourcePath()))).status]).toEqual([
    404, 404,
  ])
  await until('the clear files are swept', async () =>
    (await installation.objects(id)).every((path) => !path.includes(`${run}_1/`)),
  )
  expect(await framesOf(`${index}?token=right`)).toBe((await decoded(source)).frames)
})

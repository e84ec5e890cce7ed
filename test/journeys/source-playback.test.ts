import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AssetId } from '../../src/core/shared/ids.ts'
import { inBrowser, withoutBrowser } from '../support/browser.ts'
import { someOf } from '../support/cases.ts'
import { type Installation, startInstallation } from '../support/installation.ts'
import { clip, derive } from '../support/media.ts'
import { openPlayers, type PlayerBrowser, type PlayerName } from '../support/players.ts'
import { PATIENT, until } from '../support/until.ts'
import { decoded } from './decoded.ts'

const SECONDS = 6
const FILM = [
  '-vf',
  'scale=320:180,setsar=1',
  '-c:v',
  'libx264',
  '-preset',
  'veryfast',
  '-g',
  '48',
  '-ac',
  '2',
  '-c:a',
  'aac',
]

// No worker: whatever plays here plays before anything has been done.
let installation: Installation
let source: string
let index: string
let id: AssetId
beforeAll(async () => {
  installation = await startInstallation({ worker: 'none', settings: { TELECINE_EDGE_URLS: 'http://127.0.0.1:1' } })
  source = await clip({ seconds: SECONDS, args: FILM })
  await installation.put('film.mp4', { file: source })
  id = await installation.import('film.mp4')
  index = `${installation.server.url}/asset/${id}/play_video/index`
})
afterAll(() => installation[Symbol.asyncDispose]())

/** What the worker of the last test has nothing to do with. */
const others: AssetId[] = []
const make = async (...args: Parameters<Installation['import']>): Promise<AssetId> => {
  const asset = await installation.import(...args)
  others.push(asset)
  return asset
}

const statusOf = async (asset: AssetId, file: string): Promise<number> =>
  (await fetch(`${installation.server.url}/asset/${asset}/play_video/${file}`)).status

test('FFmpeg gets every frame and the whole sound out of it', PATIENT, async () => {
  for (const url of [`${index}.m3u8`, `${index}.mpd`]) {
    expect([url, (await decoded(url)).frames]).toEqual([url, (await decoded(source)).frames])
    expect((await decoded(url, 'audio')).seconds).toBeCloseTo((await decoded(source, 'audio')).seconds, 1)
  }
})

const inFragments = (flags: string) =>
  derive(['-i', source, '-c', 'copy', '-movflags', `frag_keyframe+${flags}`], 'mp4')

test('a film in fragments gives the same pictures and sound', PATIENT, async () => {
  await installation.put('indexed.mp4', { file: await inFragments('delay_moov') })
  const url = `${installation.server.url}/asset/${await make('indexed.mp4')}/play_video/index`
  for (const ending of ['m3u8', 'mpd']) {
    expect((await decoded(`${url}.${ending}`)).frames).toBe((await decoded(source)).frames)
  }
})

test('nobody sees it before it is to be published', async () => {
  const hidden = await make('film.mp4', { publish: false })
  for (const file of ['index.m3u8', 'index.mpd', 'source_video.m3u8', 'source_video/00000.m4s']) {
    expect([file, await statusOf(hidden, file)]).toEqual([file, 404])
  }
  expect(await statusOf(id, 'source_video/00000.m4s')).toBe(200)
  expect(await statusOf(id, 'source_video/00099.m4s')).toBe(404)
})

test('edges keep its segments as those of renditions, and never its playlists; HEAD makes no segment', async () => {
  const head = async (file: string) => {
    const url = `${installation.server.url}/asset/${id}/play_video/${file}`
    const { status, headers } = await fetch(url, { method: 'HEAD' })
    return [status, ...['content-type', 'cache-control', 'content-length'].map((name) => headers.get(name))]
  }
  const kept = 'public, max-age=31536000, s-maxage=86400, immutable'
  expect(await head('source_video/00000.m4s')).toEqual([200, 'video/mp4', kept, null])
  expect(await head('source_audio/init.mp4')).toEqual([200, 'audio/mp4', kept, null])
  expect((await head('source_video/00099.m4s'))[0]).toBe(404)
  for (const file of ['index.m3u8', 'source_video.m3u8']) expect((await head(file))[2]).toBe('no-cache')
})

test('it is turned off for a project at once, and for what is made with a template group', async () => {
  const { tenant } = installation
  const turn = (body: object) => tenant.native('PUT', '/settings/source-playback', body)
  await turn({ enabled: false })
  expect(await tenant.native('GET', '/settings/source-playback')).toEqual({ enabled: false })
  expect([await statusOf(id, 'index.m3u8'), await statusOf(id, 'source_video/00000.m4s')]).toEqual([404, 404])
  await turn({ enabled: true })
  expect(await statusOf(id, 'index.m3u8')).toBe(200)

  const video = { quality: 'FLUENT', width: 320, height: 180, bitrate: 200 }
  const audio = { sample_rate: 1, channels: 2, bitrate: 64 }
  const body = { name: 'late', type: 'custom_template_group', quality_info_list: [{ format: 'HLS', video, audio }] }
  const path = '/asset/template_group/transcodings'
  const { group_id } = Object((await tenant.call('POST', path, { body: { ...body, common: { pvc: '0' } } })).body)
  const before = await make('film.mp4', { templateGroup: 'late' })
  await turn({ enabled: false, group_id })
  const after = await make('film.mp4', { templateGroup: 'late' })
  expect([await statusOf(before, 'index.m3u8'), await statusOf(after, 'index.m3u8')]).toEqual([200, 404])
})

test('of an encrypted asset nothing is clear, and it plays with a token', PATIENT, async () => {
  const sealed = await make('film.mp4', { encrypt: true })
  const { token } = await installation.tenant.native('POST', '/assets/play-tokens', {
    asset_id: sealed,
    viewer: 'alice',
  })
  const url = `${installation.server.url}/asset/${sealed}/play_video/index.m3u8`
  expect((await decoded(`${url}?token=${token}`)).frames).toBe((await decoded(source)).frames)
  expect(
    await Promise.all(
      ['index.mpd', 'source_video.m3u8', 'source_video/00000.m4s'].map((file) => statusOf(sealed, file)),
    ),
  ).toEqual([404, 404, 404])
  const [media = ''] = (await (await fetch(url)).text())
    .split('\n')
    .filter((line) => line.endsWith('source_video.m3u8'))
  const text = await (await fetch(new URL(media, url))).text()
  const [first = ''] = text.split('\n').filter((line) => line.endsWith('.m4s'))
  expect(Buffer.from(await (await fetch(new URL(first, url))).arrayBuffer()).includes('moof')).toBe(false)
  const [, key = ''] = /URI="([^"]+)",IV/.exec(text) ?? []
  expect((await fetch(new URL(key, url))).status).toBe(403)
})

test('none of it is worth a warning', () => {
  expect(installation.server.warnings).toEqual([])
})

describe.skipIf(withoutBrowser)(inBrowser('before it is copied, a film plays'), () => {
  let players: PlayerBrowser
  beforeAll(async () => {
    players = await openPlayers()
  })
  afterAll(() => players[Symbol.asyncDispose]())

  test.for<[PlayerName, string]>(
    someOf(
      [
        ['hls.js', 'm3u8'],
        ['dash.js', 'mpd'],
        ['Shaka', 'm3u8'],
      ],
      2,
    ),
  )('in %s by its %s', PATIENT, async ([name, ending]) => {
    await using page = await players.open(name, `${index}.${ending}`)
    // Across the boundary of two segments.
    const played = await page.play(3.5)
    expect(played).toMatchObject({ errors: [], ended: true, width: 320, height: 180 })
    expect(played.buffered.at(-1)?.[1]).toBeCloseTo(SECONDS, 0)
    expect(played.duration).toBeCloseTo(SECONDS, 0)
    expect(played.soundBytes).toBeGreaterThan(10_000)
  })

  const FRAGMENTS = [
    ['with an index', 'empty_moov'],
    ['without one', 'delay_moov+default_base_moof+skip_trailer'],
  ] as const
  test.for(someOf(FRAGMENTS))('in hls.js, in fragments %s', PATIENT, async ([name, flags]) => {
    await installation.put(`${flags}.mp4`, { file: await inFragments(flags) })
    const asset = await make(`${flags}.mp4`)
    await using page = await players.open('hls.js', `${installation.server.url}/asset/${asset}/play_video/index.m3u8`)
    const played = await page.play(3.5)
    expect([name, played]).toMatchObject([name, { errors: [], ended: true, width: 320, height: 180 }])
    expect(played.buffered.at(-1)?.[1]).toBeCloseTo(SECONDS, 0)
    expect(played.soundBytes).toBeGreaterThan(10_000)
  })

  // The last one, because a worker takes it on.
  test('on the watch page, which goes on with the renditions where the source was', PATIENT, async () => {
    await using page = await players.browser.newPage()
    const ask = <T>(expression: string) => page.evaluate(expression) as Promise<T>
    await page.goto(`${installation.server.url}/watch/${id}`)
    await until('the source is shown', () => ask<boolean>(`document.querySelector('video').videoHeight === 180`))
    const NO_WORKER = 'Preparing more qualities: delayed, it goes on by itself, 0 %'
    expect(await page.textContent('#work')).toBe(NO_WORKER)
    expect(await ask('telecinePlayer.levels[0].url[0]')).toMatch(/\/source_video\.m3u8$/)
    await ask(`void (document.querySelector('video').currentTime = 3)`)
    await page.route('**/state', (route) => route.fulfill({ status: 503 }), { times: 1 })
    await until('a failed look is told', async () => (await page.textContent('#work'))?.includes('busy'))
    expect([await page.isVisible('#notice'), await ask(`document.querySelector('video').controls`)]).toEqual([
      false,
      true,
    ])
    await until('the next look is not', async () => (await page.textContent('#work')) === NO_WORKER)
    await ask(
      `(video => { video.muted = true; video.loop = true; return video.play() })(document.querySelector('video'))`,
    )
    await page.route('**/state', (route) => route.fulfill({ status: 404 }), { times: 1 })
    await until('it is taken away, sound and all', () => ask<boolean>(`document.querySelector('video').paused`))
    expect(await page.textContent('#text')).toContain('no longer here')
    await until('it is there again', async () => !(await page.isVisible('#notice')))
    await ask(`void (document.querySelector('video').currentTime = 3)`)
    for (const asset of others) await installation.tenant.native('POST', '/assets/cancel', { asset_id: asset })
    installation.startWorker()
    await installation.settled(id)
    await until('its renditions are offered', async () => (await page.textContent('#work')) === '')
    await until('one is shown', () =>
      ask<boolean>(
        `/_0[.]m3u8$/.test(telecinePlayer.levels[0]?.url[0]) && document.querySelector('video').readyState > 1`,
      ),
    )
    expect(await ask(`document.querySelector('video').currentTime`)).toBeCloseTo(3, 0)
  })
})

import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { inBrowser, openBrowser, withoutBrowser } from '../support/browser.ts'
import { someOf, thorough } from '../support/cases.ts'
import { type Installation, startInstallation } from '../support/installation.ts'
import { clip, derive } from '../support/media.ts'
import { type PlayerName, type PlayerOptions, type Players, startPlayers } from '../support/players.ts'
import { PATIENT } from '../support/until.ts'

const SECONDS = 3
const FRAME_RATE = 24
/** So that a seek crosses from one segment to another. */
const SEGMENT_SECONDS = 2

const audio = { sample_rate: 1, channels: 2, bitrate: 64 }
const video = { quality: 'SD', width: 480, height: 270, bitrate: 300 }
const small = { quality: 'FLUENT', width: 320, height: 180, bitrate: 200 }
const SIZES = [video, small].map(({ width, height }) => ({ width, height }))

const PLAYERS: [PlayerName, string][] = [
  ['hls.js', 'index.m3u8'],
  ['dash.js', 'index.mpd'],
  ['Shaka', 'index.m3u8'],
  ['Shaka', 'index.mpd'],
]

/** How hls.js, which names the codec, and Shaka say it. */
const UNDECODABLE = /^(manifestIncompatibleCodecsError: .*\bhvc1\b|4032:)/
/** For streams of one kind of index; in the short suite Shaka is met in the first test. */
const HLS_PLAYERS = someOf<[PlayerName]>([['hls.js'], ['Shaka']])

let installation: Installation
let browser: Browser
let players: Players
/** Where the outputs of the streams lie. */
let film: string
let sound: string
/** The playlist of an encrypted one, and what lets it be played. */
let encrypted: string
let token: string
beforeAll(async () => {
  if (withoutBrowser) return
  installation = await startInstallation()
  browser = await openBrowser()
  players = await startPlayers(browser)
  const args = ['-vf', 'scale=480:270,setsar=1', '-c:v', 'libx264', '-preset', 'ultrafast', '-c:a', 'aac', '-ac', '2']
  await installation.put('film.mp4', { file: await clip({ seconds: SECONDS, args }) })
  film = await made('film', [
    { format: 'DASH_HLS', video, audio },
    { format: 'DASH_HLS', video: small, audio },
  ])
  sound = await made('sound', [{ format: 'DASH_HLS', audio }])
  await encrypt()
}, 240_000)
afterAll(async () => {
  await players?.[Symbol.asyncDispose]()
  await browser?.close()
  await installation?.[Symbol.asyncDispose]()
})

interface Asked {
  readonly common?: object
  /** Of the source. */
  readonly key?: string
}

/** Answers where the outputs of an asset lie, made by a template group of this name. */
const made = async (name: string, outputs: readonly object[], { common = {}, key = 'film.mp4' }: Asked = {}) => {
  const body = {
    ...{ name, type: 'custom_template_group', quality_info_list: outputs },
    common: { pvc: '0', hls_interval: SEGMENT_SECONDS, ...common },
  }
  const path = '/asset/template_group/transcodings'
  expect((await installation.tenant.call('POST', path, { body })).status).toBe(200)
  const id = await installation.import(key, { templateGroup: name })
  expect((await installation.settled(id)).transcode_status).toBe('TRANSCODE_SUCCEED')
  return `${installation.server.url}/asset/${id}/play_video`
}

const encrypt = async (): Promise<void> => {
  const id = await installation.import('film.mp4', { encrypt: true })
  expect((await installation.settled(id)).transcode_status).toBe('TRANSCODE_SUCCEED')
  const { server, tenant } = installation
  token = String((await tenant.native('POST', '/assets/play-tokens', { asset_id: id, viewer: 'alice' }))['token'])
  encrypted = `${server.url}/asset/${id}/play_video/index.m3u8`
}

/** Whether this browser can decode what the playlist names. */
const decodes = async (playlist: string): Promise<boolean> => {
  const [, codecs] = /CODECS="([^"]+)"/.exec(await (await fetch(playlist)).text()) ?? []
  await using page = await browser.newPage()
  return await page.evaluate<boolean>(`MediaSource.isTypeSupported('video/mp4; codecs="${codecs}"')`)
}

/** Of the segments of each media playlist that is a quality. */
const durationsOf = async (index: string): Promise<readonly (readonly string[])[]> => {
  const text = await (await fetch(index)).text()
  const uris = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return Promise.all(
    uris.map(async (uri) => {
      const media = await (await fetch(new URL(uri, index))).text()
      return [...media.matchAll(/#EXTINF:([\d.]+)/g)].map(([, seconds = '']) => seconds)
    }),
  )
}

const REMUXED = [
  ...['-vf', 'scale=480:270,setsar=1', '-pix_fmt', 'yuv420p', '-c:v', 'libx264', '-preset', 'veryfast', '-g', '24'],
  ...['-c:a', 'aac', '-ac', '2'],
]

interface Sizes {
  readonly sizes: readonly object[]
  /** Frames per second of the slowest quality. */
  readonly leastRate: number
}

const playsWhole = (name: PlayerName, url: string, sizes: readonly object[]) =>
  playsAll(name, url, { sizes, leastRate: FRAME_RATE })

const playsAll = async (name: PlayerName, url: string, { sizes, leastRate }: Sizes) => {
  await using page = await players.open(name, url)
  expect(await page.state()).toMatchObject({ errors: [], qualities: sizes })
  for (const [quality, size] of sizes.entries()) {
    await page.choose(quality)
    for (const from of [0, SEGMENT_SECONDS + 0.3]) {
      const before = await page.state()
      const state = await page.play(from)
      expect(state).toMatchObject({ errors: [], ended: true, duration: expect.closeTo(SECONDS, 1), ...size })
      expect(state.soundBytes).toBeGreaterThan(before.soundBytes)
      expect(state.buffered).toEqual([[0, state.duration]])
      if (state.height === 0) continue
      expect(state.decodedFrames - before.decodedFrames).toBeGreaterThanOrEqual(
        Math.floor((SECONDS - from) * leastRate),
      )
      expect(state.frames.length).toBeGreaterThan(0)
      for (const frame of state.frames) expect(frame).toMatchObject({ ...size })
    }
  }
}

/** All at once, each on a page of its own. Not `test.concurrent`: Vitest writes that into `PATIENT`, which every other file shares. */
const together = async <T extends readonly string[]>(cases: readonly T[], play: (...one: T) => Promise<void>) => {
  const ends = await Promise.allSettled(cases.map((one) => play(...one)))
  for (const [n, end] of ends.entries()) {
    if (end.status === 'rejected') throw new Error(`with ${cases[n]?.join(', ')}: ${end.reason}`, { cause: end.reason })
  }
}

describe.skipIf(withoutBrowser)(inBrowser('in Chromium'), () => {
  test('hls.js, Shaka and dash.js play each quality, from wherever one seeks to, to the end', PATIENT, () =>
    together(PLAYERS, (name, index) => playsWhole(name, `${film}/${index}`, SIZES)),
  )

  test('they play sound alone', PATIENT, () =>
    together(someOf(PLAYERS), (name, index) => playsWhole(name, `${sound}/${index}`, [{ width: 0, height: 0 }])),
  )

  // Of what this browser cannot decode hls.js and Shaka play nothing; dash.js leaves that track out.
  test('H.265 plays wherever the browser decodes it, and no player takes it for something else', PATIENT, async () => {
    const stream = await made('newer', [{ format: 'DASH_HLS', video, audio }], {
      common: { video_codec: 'H265' },
    })
    const canDecode = await decodes(`${stream}/index.m3u8`)
    await together(someOf(PLAYERS, 2), async (player, index) => {
      if (canDecode) return playsWhole(player, `${stream}/${index}`, SIZES.slice(0, 1))
      await using page = await players.open(player, `${stream}/${index}`)
      const state = player === 'dash.js' ? await page.play(0) : await page.state()
      expect(state).toMatchObject({ decodedFrames: 0 })
      if (player !== 'dash.js') expect(state.errors[0]).toMatch(UNDECODABLE)
    })
  })

  thorough('a group that asks for MP3 as the sound of streams gets one that plays', PATIENT, async () => {
    const stream = await made('mp3', [{ format: 'DASH_HLS', video: small, audio }], { common: { audio_codec: 'MP3' } })
    await together(PLAYERS, (name, index) => playsWhole(name, `${stream}/${index}`, SIZES.slice(1)))
  })

  describe('without an encode', () => {
    const fitting = ['-vf', 'scale=480:270,setsar=1', '-pix_fmt', 'yuv420p', '-c:v', 'libx264', '-preset', 'veryfast']
    const keyframes = (frames: number) => ['-g', `${frames}`, '-keyint_min', `${frames}`, '-sc_threshold', '0']
    const rate = ['-b:v', '250k', '-maxrate', '300k', '-bufsize', '300k']
    const AAC = ['-c:a', 'aac', '-ac', '2']
    const MP3 = ['-c:a', 'libmp3lame', '-ac', '2', '-ar', '44100']

    thorough('a source that is passed through plays beside a rung that is cut at other times', PATIENT, async () => {
      const args = [...fitting, ...rate, ...keyframes(30), ...AAC]
      await installation.put('fitting.mp4', { file: await clip({ seconds: SECONDS, args }) })
      const outputs = [video, small].map((one) => ({ format: 'HLS', video: one, audio }))
      const stream = await made('passed', outputs, { key: 'fitting.mp4' })
      expect(await durationsOf(`${stream}/index.m3u8`)).toEqual([
        ['2.500000', '0.500000'],
        ['2.000000', '1.000000'],
      ])
      await together(HLS_PLAYERS, (name) => playsWhole(name, `${stream}/index.m3u8`, SIZES))
    })

    const remuxes = [
      ['FLV', 'flv', [...fitting, ...keyframes(24), ...MP3], SIZES.slice(0, 1)],
      ['MP4', 'mp4', [...fitting, ...keyframes(24), ...AAC], SIZES.slice(0, 1)],
      ['MP3', 'mp3', ['-vn', ...MP3], [{ width: 0, height: 0 }]],
    ] as const
    thorough.each(remuxes)('a remux of %s plays', PATIENT, async (type, extension, args, sizes) => {
      const key = `remux.${extension}`
      await installation.put(key, { file: await clip({ seconds: SECONDS, args, extension }) })
      const templateGroup = 'original_template_group'
      const id = await installation.import(key, { type, templateGroup })
      expect((await installation.settled(id)).transcode_status).toBe('TRANSCODE_SUCCEED')
      const url = `${installation.server.url}/asset/${id}/play_video/index.m3u8`
      await together(HLS_PLAYERS, (name) => playsWhole(name, url, sizes))
    })
  })

  thorough('outputs that differ in frame rate and sound play, and change from one to another', PATIENT, async () => {
    const slow = { ...small, frame_rate: 12 }
    const mono = { sample_rate: 4, channels: 1, bitrate: 32 }
    const stream = await made('differing', [
      { format: 'DASH_HLS', video, audio },
      { format: 'DASH_HLS', video: slow, audio: mono },
    ])
    await together(HLS_PLAYERS, (name) => playsAll(name, `${stream}/index.m3u8`, { sizes: SIZES, leastRate: 12 }))
  })

  thorough('a remux of a film that a telephone turned is upright, and announced so', PATIENT, async () => {
    const turned = ['-display_rotation', '90', '-i', await clip({ seconds: SECONDS, args: REMUXED }), '-c', 'copy']
    await installation.put('turned.mp4', { file: await derive(turned, 'mp4') })
    const id = await installation.import('turned.mp4', { templateGroup: 'original_template_group' })
    expect((await installation.settled(id)).transcode_status).toBe('TRANSCODE_SUCCEED')
    const url = `${installation.server.url}/asset/${id}/play_video/index.m3u8`
    const upright = { width: 270, height: 480 }
    await together(HLS_PLAYERS, async (name) => {
      await using page = await players.open(name, url)
      // Not by the size of its frames: Chromium gives that as it was before the turn.
      expect(await page.play(0)).toMatchObject({ errors: [], ended: true, qualities: [upright], ...upright })
    })
  })

  describe('an encrypted stream', () => {
    test('plays with a token', PATIENT, () =>
      together(HLS_PLAYERS, (name) => playsWhole(name, `${encrypted}?token=${token}`, [{ width: 480, height: 270 }])),
    )

    const refusals: readonly [string, () => string, PlayerOptions][] = [
      ['without a token', () => encrypted, {}],
      ['with a wrong key', () => `${encrypted}?token=${token}`, { key: Buffer.alloc(16, 1) }],
      ['with another token', () => `${encrypted}?token=other`, {}],
    ]
    test.each(someOf(refusals))('shows and sounds nothing %s', PATIENT, async (_, url, options) =>
      together(HLS_PLAYERS, async (name) => {
        await using page = await players.open(name, url(), options)
        const state = await page.fail()
        expect(state).toMatchObject({ decodedFrames: 0, soundBytes: 0, frames: [] })
        expect(state.errors).not.toEqual([])
      }),
    )
  })
})

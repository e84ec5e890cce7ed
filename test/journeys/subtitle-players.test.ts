import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AssetId } from '../../src/core/shared/ids.ts'
import { inBrowser, openBrowser, withoutBrowser } from '../support/browser.ts'
import { someOf, thorough } from '../support/cases.ts'
import { BUCKET, type Installation, startInstallation } from '../support/installation.ts'
import { type PlayerName, type Players, startPlayers } from '../support/players.ts'
import { srt, subtitledClip } from '../support/subtitles.ts'
import { PATIENT, until } from '../support/until.ts'

const SECONDS = 4
const SEGMENT_SECONDS = 2
const PLAYERS: [PlayerName, string][] = [
  ['hls.js', 'index.m3u8'],
  ['dash.js', 'index.mpd'],
  ['Shaka', 'index.m3u8'],
  ['Shaka', 'index.mpd'],
]

let installation: Installation
let browser: Browser
let players: Players
let id: AssetId
beforeAll(async () => {
  if (withoutBrowser) return
  installation = await startInstallation()
  browser = await openBrowser()
  players = await startPlayers(browser)
  // B-frames, sound with priming, and a clock that begins at 10 s: whatever may put times off.
  const args = ['-vf', 'scale=320:180,setsar=1', '-c:v', 'libx264', '-bf', '2', '-c:a', 'aac', '-ac', '2']
  const own = { text: srt('own', 3), extension: 'srt', codec: 'subrip', language: 'eng' } as const
  const clip = { seconds: SECONDS, extension: 'mkv', offsetSeconds: 10, args } as const
  await installation.put('film.mkv', { file: await subtitledClip([own], clip) })
  await installation.put('de.srt', Buffer.from(srt('hallo', 3)))
  const video = { quality: 'FLUENT', width: 320, height: 180, bitrate: 200 }
  const quality_info_list = [{ format: 'DASH_HLS', video, audio: { sample_rate: 1, channels: 2, bitrate: 64 } }]
  const body = {
    name: 'g',
    type: 'custom_template_group',
    quality_info_list,
    common: { pvc: '0', hls_interval: SEGMENT_SECONDS },
  }
  await installation.tenant.call('POST', '/asset/template_group/transcodings', { body })
  id = await installation.import('film.mkv', { type: 'MKV', templateGroup: 'g' })
  await installation.settled(id)
  const add_subtitles = [{ type: 'SRT', language: 'de', obs_info: { bucket: BUCKET, object: 'de.srt' } }]
  const added = { asset_id: id, add_subtitles }
  await installation.tenant.call('PUT', '/asset/subtitles', { version: 'v1', body: added })
  await installation.settled(id)
}, 240_000)
afterAll(async () => {
  await players?.[Symbol.asyncDispose]()
  await browser?.close()
  await installation?.[Symbol.asyncDispose]()
})

const CUE_SECONDS = 0.5

/** Each second has one; FFmpeg muxes a source with sound a packet late. Which of them is on the screen with which frame is the browser's own affair. */
const cuesOf = (word: string) =>
  [1, 2, 3].map((second) => [expect.closeTo(second, 1), expect.closeTo(second + CUE_SECONDS, 1), `${word} ${second}`])

const playsWith = async (name: PlayerName, url: string) => {
  for (const [subtitles, word] of Object.entries({ English: 'own', Deutsch: 'hallo' })) {
    await using page = await players.open(name, url)
    await page.showSubtitles(subtitles)
    const { cues, errors, ended } = await page.play(0)
    expect({ errors, ended, cues }).toEqual({ errors: [], ended: true, cues: cuesOf(word) })
  }
}

describe.skipIf(withoutBrowser)(inBrowser('in Chromium'), () => {
  test.each(someOf(PLAYERS))(
    '%s shows the cues of %s at their times, of the source and added ones',
    PATIENT,
    (name, index) => playsWith(name, `${installation.server.url}/asset/${id}/play_video/${index}`),
  )

  test('the watch page has a menu of them, and shows what is chosen', PATIENT, async () => {
    const complaints: string[] = []
    await using page = await browser.newPage()
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
    await page.goto(`${installation.server.url}/watch/${id}`, { timeout: 60_000 })
    const options = page.locator('#subtitle option')
    await until('the menu has them', async () => (await options.count()) === 3)
    expect(await options.allInnerTexts()).toEqual(['Off', 'English', 'Deutsch'])
    const shown = () =>
      page.evaluate<string[]>(`[...document.querySelector('video').textTracks]
        .filter(({ mode }) => mode === 'showing').flatMap(({ activeCues }) => [...activeCues].map(({ text }) => text))`)
    await page.selectOption('#subtitle', { label: 'Deutsch' })
    await page.evaluate(`document.querySelector('video').currentTime = 2.2`)
    await until('the cue is there', async () => (await shown()).join() === 'hallo 2')
    await page.selectOption('#subtitle', { label: 'Off' })
    await until('it is gone', async () => (await shown()).length === 0)
    expect(complaints).toEqual([])
  })

  thorough('an encrypted stream has them, too', PATIENT, async () => {
    const { tenant, server } = installation
    await tenant.native('PUT', '/assets/encryption', { asset_id: id, enabled: true })
    await installation.settled(id)
    const { token } = Object(await tenant.native('POST', '/assets/play-tokens', { asset_id: id, viewer: 'alice' }))
    for (const name of ['hls.js', 'Shaka'] as const) {
      await playsWith(name, `${server.url}/asset/${id}/play_video/index.m3u8?token=${token}`)
    }
  })
})

import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { openBrowser } from './browser.ts'
import { until } from './until.ts'

/** The players on the web that our streams are tested with, by the script that each of them is. */
const SCRIPTS = {
  'hls.js': 'hls.js/dist/hls.min.js',
  Shaka: 'shaka-player/dist/shaka-player.compiled.js',
  'dash.js': 'dashjs',
} as const

export type PlayerName = keyof typeof SCRIPTS

interface Size {
  /** 0 for sound alone. */
  readonly width: number
  readonly height: number
}

/** What a player shows, and what its browser has decoded for it. */
export interface PlayerState extends Size {
  /** As the player offers them, the best first; absent until it knows. */
  readonly qualities?: readonly Size[]
  readonly errors: readonly string[]
  /** Those that were really shown since `play`, by their own time; on a busy machine not each of them is met. */
  readonly frames: readonly (Size & { readonly time: number })[]
  /** Their names, in the player's order. */
  readonly subtitles: readonly string[]
  /** Of those that are shown, as far as the player has handed them to the browser: from, to (seconds of the film), text. */
  readonly cues: readonly (readonly [number, number, string])[]
  readonly ended: boolean
  /** Not on its way to another time, and with something to show. */
  readonly isThere: boolean
  readonly duration: number
  /** Of picture and sound together, in seconds. */
  readonly buffered: readonly (readonly [number, number])[]
  readonly decodedFrames: number
  readonly soundBytes: number
}

/** One player with one stream, on a page of its own. */
export interface PlayerPage extends AsyncDisposable {
  /** Waits until the quality of that number is shown. */
  choose(quality: number): Promise<void>
  /** Plays until there are cues of the subtitles of that name. */
  showSubtitles(name: string): Promise<void>
  /** From there to the end, or to the first error. */
  play(fromSeconds: number): Promise<PlayerState>
  /** From the beginning to the first error. */
  fail(): Promise<PlayerState>
  state(): Promise<PlayerState>
}

export interface PlayerOptions {
  /** What the key service answers to this player, whatever it asks for. */
  readonly key?: Buffer
}

export interface Players extends AsyncDisposable {
  /** Waits until the player knows its qualities, or fails. */
  open(name: PlayerName, url: string, options?: PlayerOptions): Promise<PlayerPage>
}

/** A site of its own, on loopback: what is played comes from elsewhere, as it mostly does. */
export const startPlayers = async (browser: Browser): Promise<Players> => {
  const { resolve } = createRequire(import.meta.url)
  const server = createServer(async (request, response) => {
    const name = decodeURIComponent((request.url ?? '').slice(1))
    if (name === 'page.js') return void response.end(await readFile(join(import.meta.dirname, 'players-page.js')))
    if (isPlayer(name)) return void response.end(await readFile(resolve(SCRIPTS[name])))
    response.setHeader('content-type', 'text/html').end(html(new URLSearchParams(name).get('player') ?? ''))
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  return {
    async open(name, url, { key } = {}) {
      // As large as our pictures: the rest would be drawn by software, 60 times a second.
      const page = await browser.newPage({ viewport: { width: 480, height: 270 } })
      const headers = { 'access-control-allow-origin': '*' }
      if (key) await page.route('**/keys/**', (route) => route.fulfill({ body: key, headers }))
      await page.goto(`http://127.0.0.1:${port}/player=${name}`, { timeout: 60_000 })
      return openPlayer(page, { name, url })
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}

export interface PlayerBrowser extends Players {
  readonly browser: Browser
}

/** They, in a browser of their own. */
export const openPlayers = async (): Promise<PlayerBrowser> => {
  const browser = await openBrowser()
  const players = await startPlayers(browser)
  return {
    ...{ browser, open: players.open },
    async [Symbol.asyncDispose]() {
      await players[Symbol.asyncDispose]()
      await browser.close()
    },
  }
}

const isPlayer = (name: string): name is PlayerName => Object.hasOwn(SCRIPTS, name)

const html = (player: string): string =>
  `<!doctype html><link rel="icon" href="data:,"><video muted></video><script src="/${player}"></script><script src="/page.js"></script>`

const openPlayer = async (
  page: Page,
  { name, url }: { readonly name: PlayerName; readonly url: string },
): Promise<PlayerPage> => {
  const tell = (expression: string) => page.evaluate(`void page.${expression}`)
  const state = async () => (await page.evaluate('page.state()')) as PlayerState
  const when = (what: string, isSo: (state: PlayerState) => boolean) =>
    until(`${name} ${what}: ${url}`, async () => {
      const now = await state()
      return (isSo(now) || now.errors.length > 0) && now
    })
  await tell(`open(${JSON.stringify(name)}, ${JSON.stringify(url)})`)
  await when('knows its qualities', ({ qualities }) => qualities !== undefined)
  return {
    state,
    async choose(quality) {
      // There first: who asks Shaka for another time and another quality at once, at the end of a DASH stream, waits for ever.
      await tell('play(0)')
      await when('is at 0', ({ isThere }) => isThere)
      await tell(`choose(${quality})`)
      await when(`shows quality ${quality}`, ({ qualities, height }) => height === qualities?.[quality]?.height)
    },
    async showSubtitles(wanted) {
      const { subtitles } = await when(`knows ${wanted}`, (now) => now.subtitles.includes(wanted))
      // dash.js fetches nothing of them, and changes to no others, before it plays.
      await tell('play(0)')
      await when('plays', ({ frames }) => frames.length > 12)
      await tell(`showSubtitles(${subtitles.indexOf(wanted)})`)
      await until(`${name} has cues of ${wanted}: ${url}`, async () => {
        const { cues, ended, errors } = await state()
        if (cues.length > 0 || errors.length > 0) return true
        // On a busy machine a short film may be over before it was told so, and Shaka fetches nothing for one that is.
        if (ended) await tell('play(0)')
        return false
      })
    },
    async play(fromSeconds) {
      await tell(`play(${fromSeconds})`)
      return when('plays to the end', ({ ended }) => ended)
    },
    async fail() {
      await tell('play(0)')
      return when('fails', () => false)
    },
    [Symbol.asyncDispose]: () => page.close(),
  }
}

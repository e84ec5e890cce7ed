import { existsSync } from 'node:fs'
import { type Browser, chromium, type Page } from 'playwright-core'
import { mustTestAll } from './object-store.ts'
import { until } from './until.ts'

const PROGRAM = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium'

const missing = existsSync(PROGRAM) ? undefined : `no Chromium at ${PROGRAM}: install chromium, or set CHROMIUM_PATH`

/** For `skipIf`: a test that needs a browser is left out where there is none, unless all must be tested; then it fails. */
export const withoutBrowser = missing !== undefined && !mustTestAll()

/** Names a test that needs a browser; where it is left out, by the reason. */
export const inBrowser = (name: string): string => (withoutBrowser ? `${name}: ${missing}` : name)

// Nothing of it reaches out to the internet.
const ARGS = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--mute-audio'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
]

export const openBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: PROGRAM, args: ARGS, timeout: 60_000 })

/** The watch page with its player, as a viewer has it. */
export interface WatchedPage extends AsyncDisposable {
  /** Sizes by level, as the player numbers them; the menu has the best first. */
  readonly qualities: readonly { readonly width: number; readonly height: number }[]
  /** Chooses a quality, begins at `from` seconds, and plays that long; answers the size of the picture that was shown. */
  play(level: number, from: number, seconds: number): Promise<{ readonly width: number; readonly height: number }>
  /** What the player could not get over, and what the page itself complained about. */
  errors(): Promise<readonly string[]>
}

/** Opens `/watch/{id}` and waits for the stream. */
export const watch = async (browser: Browser, url: string): Promise<WatchedPage> => {
  const page = await browser.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
  await page.goto(url, { timeout: 60_000 })
  await until('the player has its levels', () => ask<boolean>(page, 'window.telecinePlayer?.levels?.length > 0'))
  const qualities = await ask<WatchedPage['qualities']>(
    page,
    `window.fatal = []
    telecinePlayer.on('hlsError', (_event, error) => { if (error.fatal) fatal.push(error.details) })
    document.querySelector('video').muted = true
    telecinePlayer.levels.map(({ width, height }) => ({ width, height }))`,
  )
  return {
    qualities,
    play: (level, from, seconds) => play(page, { level, from, seconds }),
    errors: async () => [...complaints, ...(await ask<readonly string[]>(page, 'window.fatal'))],
    [Symbol.asyncDispose]: () => page.close(),
  }
}

/** Not playwright's own waiting: that evaluates code inside the page, which the page's policy forbids. */
const ask = async <T>(page: Page, expression: string): Promise<T> => (await page.evaluate(expression)) as T

interface Playing {
  readonly level: number
  readonly from: number
  readonly seconds: number
}

const play = async (page: Page, { level, from, seconds }: Playing) => {
  await page.selectOption('#quality', String(level))
  await ask(page, `document.querySelector('video').currentTime = ${from}; void document.querySelector('video').play()`)
  // Shown, and on from there in real frames: not only a clock that ticks.
  await until(`level ${level} plays from ${from} s for ${seconds} s`, () =>
    ask<boolean>(
      page,
      `(({ videoHeight, seeking, currentTime }) => {
        const { currentLevel, levels } = telecinePlayer
        const there = currentLevel === ${level} && videoHeight === levels[${level}].height
        return there && !seeking && currentTime >= ${from + seconds}
      })(document.querySelector('video'))`,
    ),
  )
  return ask<{ readonly width: number; readonly height: number }>(
    page,
    `(({ videoWidth, videoHeight }) => ({ width: videoWidth, height: videoHeight }))(document.querySelector('video'))`,
  )
}

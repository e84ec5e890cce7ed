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

/** The first two are a page more for each window, which costs half of what a window does. The last such list counts, so Playwright's own follows. */
const WITHOUT = [
  ...['WebUIOmniboxPopup', 'WebUIOmniboxAimPopup', 'AimEnabled', 'LensOverlay', 'MediaRouter', 'OptimizationHints'],
  ...['HttpsUpgrades', 'HttpsFirstBalancedModeAutoEnable', 'NetworkTimeServiceQuerying', 'PreconnectToSearch'],
  ...['PaintHolding', 'ThirdPartyStoragePartitioning', 'DestroyProfileOnBrowserClose'],
  ...['AvoidUnnecessaryBeforeUnloadCheckSync', 'AvoidCorsURLLoaderRestartOnRedirect'],
]

// Nothing of it reaches out to the internet.
const ARGS = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--mute-audio'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
  `--disable-features=${WITHOUT.join()}`,
]

export const openBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: PROGRAM, args: ARGS, timeout: 60_000 })

/** The watch page with its player, as a viewer has it. */
export interface WatchedPage extends AsyncDisposable {
  /** Sizes by level, as the player numbers them; the menu has the best first. */
  readonly qualities: readonly { readonly width: number; readonly height: number }[]
  /** Chooses a quality, begins at `from` seconds, and plays that long; answers the size of the picture that was shown. */
  play(level: number, from: number, seconds: number): Promise<{ readonly width: number; readonly height: number }>
  /** Frames decoded so far. */
  frames(): Promise<number>
  /** What is shown at a share of its width and height. */
  colourAt(x: number, y: number): Promise<readonly [number, number, number]>
  /** What stands on the picture at that time, in the subtitles of that name. */
  cueAt(subtitles: string, seconds: number): Promise<string>
  /** What the player could not get over, and what the page itself complained about. */
  errors(): Promise<readonly string[]>
}

/** Opens `/watch/{id}` and waits for the stream. */
export const watch = async (browser: Browser, url: string): Promise<WatchedPage> => {
  // No larger than it must be: it is drawn by software, 60 times a second.
  const page = await browser.newPage({ viewport: { width: 640, height: 480 } })
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
    frames: () => ask<number>(page, `document.querySelector('video').getVideoPlaybackQuality().totalVideoFrames`),
    colourAt: (x, y) => colourAt(page, x, y),
    cueAt: (subtitles, seconds) => cueAt(page, subtitles, seconds),
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

const colourAt = (page: Page, x: number, y: number) =>
  ask<readonly [number, number, number]>(
    page,
    `((video) => {
      const { videoWidth: width, videoHeight: height } = video
      const canvas = new OffscreenCanvas(width, height).getContext('2d')
      canvas.drawImage(video, 0, 0, width, height)
      return [...canvas.getImageData(Math.round(width * ${x}), Math.round(height * ${y}), 1, 1).data].slice(0, 3)
    })(document.querySelector('video'))`,
  )

const cueAt = async (page: Page, subtitles: string, seconds: number): Promise<string> => {
  await page.selectOption('#subtitle', { label: subtitles })
  await ask(page, `document.querySelector('video').pause(); document.querySelector('video').currentTime = ${seconds}`)
  return until(`a cue of ${subtitles} is shown at ${seconds} s`, () =>
    ask<string>(
      page,
      `[...document.querySelector('video').textTracks].filter(({ mode, label }) => mode === 'showing' && label === '${subtitles}')
        .flatMap(({ activeCues }) => [...activeCues].map(({ text }) => text)).join()`,
    ),
  )
}

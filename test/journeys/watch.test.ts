import { setTimeout as delay } from 'node:timers/promises'
import { PublishAssetReq, PublishAssetsRequest, UnpublishAssetsRequest } from '@huaweicloud/huaweicloud-sdk-vod'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newAssetId } from '../contract/asset-fixtures.ts'
import { inBrowser, openBrowser, withoutBrowser } from '../support/browser.ts'
import { someOf, thorough } from '../support/cases.ts'
import { type Installation, startInstallation } from '../support/installation.ts'
import { clip } from '../support/media.ts'
import { PATIENT, until } from '../support/until.ts'

let installation: Installation
let browser: Browser
beforeAll(async () => {
  if (withoutBrowser) return
  installation = await startInstallation()
  browser = await openBrowser()
}, 120_000)
afterAll(async () => {
  await browser?.close()
  await installation?.[Symbol.asyncDispose]()
})

/** What the pages' policy forbade them, and what their scripts threw. */
const complaints: string[] = []

const open = async (path: string, options: Parameters<Browser['newPage']>[0] = {}): Promise<Page> => {
  const page = await browser.newPage(options)
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => message.text().includes('Content Security') && complaints.push(message.text()))
  await page.goto(installation.server.url + path, { timeout: 60_000 })
  return page
}

const says = (page: Page, selector: string, text: string) =>
  until(`${selector} says "${text}"`, async () => (await page.textContent(selector))?.includes(text))

const PHONE = { viewport: { width: 390, height: 780 } }
const published = (id: string) => new PublishAssetReq([id])

describe.skipIf(withoutBrowser)(inBrowser('in Chromium'), () => {
  test('a page opened before publication becomes the player, with its qualities best first', PATIENT, async () => {
    const args = ['-vf', 'scale=854:480', '-c:v', 'libx264', '-preset', 'ultrafast', '-c:a', 'aac']
    await installation.put('in/film.mp4', { file: await clip({ seconds: 3, from: 10, args }) })
    const id = await installation.import('in/film.mp4', { publish: false })
    await installation.settled(id)
    await using page = await open(`/watch/${id}`)
    await says(page, '#notice', 'not published yet, or it does not exist')
    expect(await page.isVisible('#menu')).toBe(false)
    await installation.tenant.vod.publishAssets(new PublishAssetsRequest().withBody(published(id)))
    await until('the picture is there', () => page.evaluate<boolean>(`document.querySelector('video').videoHeight > 0`))
    const options = await page.locator('#quality option').allInnerTexts()
    expect(options.map((text) => text.split(' ')[0])).toEqual(['Auto', '480p', '270p'])
    expect(options.slice(1).every((text) => /^\d+p · \d+ kbit\/s$/.test(text))).toBe(true)
    const height = await page.evaluate<number>(`document.querySelector('video').videoHeight`)
    await says(page, '#quality option:first-child', `Auto (${height}p)`)

    // One segment is all of the film: without a seek its picture stays the old one to the end.
    for (const wanted of ['270p', '480p']) {
      const value = await page.locator('#quality option', { hasText: `${wanted} ·` }).getAttribute('value')
      await page.evaluate(`document.querySelector('video').currentTime = 1`)
      await page.selectOption('#quality', value ?? '')
      await says(page, '#now', `Showing ${wanted}`)
      expect(await page.evaluate(`document.querySelector('video').videoHeight + 'p'`)).toBe(wanted)
    }
    expect(await page.textContent('#quality option:first-child')).toBe('Auto')
  })

  test(
    'a wide film names what it shows, and what cannot be decoded is tried twice more, then told',
    PATIENT,
    async () => {
      // Its lower rung is 480x202 with pixels that are not quite square.
      const args = ['-vf', 'scale=960:402,setsar=1', '-c:v', 'libx264', '-preset', 'ultrafast', '-c:a', 'aac']
      await installation.put('in/wide.mp4', { file: await clip({ seconds: 2, from: 10, args }) })
      const id = await installation.import('in/wide.mp4')
      await installation.settled(id)
      await using page = await open(`/watch/${id}`)
      await says(page, '#now', 'Showing 358p')
      const lower = page.locator('#quality option', { hasText: '202p ·' })
      await page.selectOption('#quality', (await lower.getAttribute('value')) ?? '')
      await says(page, '#now', 'Showing 202p')
      const size = `(({ videoWidth, videoHeight }) => [videoWidth, videoHeight])(document.querySelector("video"))`
      expect(await page.evaluate(size)).not.toEqual([480, 202])

      const notices = await page.evaluate(
        `window.recoveries = 0
      telecinePlayer.recoverMediaError = () => { window.recoveries++ }
      Array.from({ length: 3 }, () => {
        telecinePlayer.trigger('hlsError', { type: 'mediaError', details: 'brokenSegment', fatal: true, error: new Error() })
        return document.querySelector('#text').textContent
      })`,
      )
      expect(notices).toEqual(['', '', 'Playing failed: brokenSegment'])
      expect(await page.evaluate('window.recoveries')).toBe(2)
    },
  )

  thorough('a quality chosen before anything has arrived is played', PATIENT, async () => {
    const args = ['-vf', 'scale=854:480', '-c:v', 'libx264', '-preset', 'ultrafast', '-c:a', 'aac']
    await installation.put('in/early.mp4', { file: await clip({ seconds: 2, from: 10, args }) })
    const id = await installation.import('in/early.mp4')
    await installation.settled(id)
    await using page = await browser.newPage()
    // A slow network: the playlist of the other quality arrives while the first initialization segment is still on its way.
    const asked = Promise.withResolvers<void>()
    await page.route('**/play_video/*/init.mp4', async (route) => {
      asked.resolve()
      await delay(1000)
      // The player may have given it up.
      await route.continue().catch(() => undefined)
    })
    await page.goto(`${installation.server.url}/watch/${id}`)
    await asked.promise
    const other = 1 - (await page.evaluate<number>('telecinePlayer.loadLevel'))
    await page.selectOption('#quality', String(other))
    const height = await page.evaluate<number>(`telecinePlayer.levels[${other}].height`)
    await says(page, '#now', `Showing ${height}p`)
    expect(await page.evaluate(`document.querySelector('video').videoHeight`)).toBe(height)
  })

  thorough('a film that ends a frame behind its last segment is played to its end', PATIENT, async () => {
    const args = ['-vf', 'scale=320:180', '-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '2', '-c:a', 'aac']
    await installation.put('in/ends.mp4', { file: await clip({ seconds: 10.02, from: 10, args }) })
    const id = await installation.import('in/ends.mp4')
    await installation.settled(id)
    await using page = await open(`/watch/${id}`)
    await until('the length is known', () => page.evaluate<boolean>(`document.querySelector('video').duration > 10`))
    await page.evaluate(
      `(({ video }) => { video.muted = true; video.currentTime = 8; void video.play() })({ video: document.querySelector('video') })`,
    )
    await until('it has ended', () => page.evaluate<boolean>(`document.querySelector('video').ended`))
  })

  test('the seek bar shows the picture of where the pointer is, and seeks there', PATIENT, async () => {
    const args = ['-vf', 'scale=320:180', '-c:v', 'libx264', '-preset', 'ultrafast', '-g', '12', '-c:a', 'aac']
    await installation.put('in/seek.mp4', { file: await clip({ seconds: 3, from: 10, args }) })
    const id = await installation.import('in/seek.mp4')
    await installation.settled(id)
    await using page = await open(`/watch/${id}`)
    await until('the seek bar is there', () => page.isVisible('#seek'))
    await until('the length is known', () => page.evaluate<boolean>(`document.querySelector('#seek').max > 2`))
    expect(await page.isVisible('#preview')).toBe(false)
    const box = await page.locator('#seek').boundingBox()
    if (!box) throw new Error('the seek bar has no place')
    const pointAt = (share: number) => page.mouse.move(box.x + box.width * share, box.y + box.height / 2)
    const shown = () => page.evaluate<string>(`document.querySelector('#picture').style.backgroundPosition`)
    await pointAt(0.1)
    expect([await page.isVisible('#preview'), await page.textContent('#moment'), await shown()]).toEqual([
      ...[true, '0:00', '0px 0px'],
    ])
    await pointAt(0.9)
    expect([await page.textContent('#moment'), await shown()]).toEqual(['0:02', '-160px 0px'])
    const sheet = await page.evaluate<string>(`getComputedStyle(document.querySelector('#picture')).backgroundImage`)
    expect(sheet).toContain(`/asset/${id}/snapshot/storyboard/0.jpg`)
    expect((await fetch(/"(.*)"/.exec(sheet)?.[1] ?? '')).status).toBe(200)
    await page.mouse.click(box.x + box.width * 0.9, box.y + box.height / 2)
    await until('the film is there', () => page.evaluate<boolean>(`document.querySelector('video').currentTime > 2`))
    await page.mouse.move(5, 5)
    expect(await page.isVisible('#preview')).toBe(false)
  })

  test('without MediaSource, renditions go on where the source was', PATIENT, async () => {
    await installation.put('in/native.mp4', { file: await clip({ seconds: 3, from: 10 }) })
    const id = await installation.import('in/native.mp4', { templateGroup: '' })
    await installation.settled(id)
    await using page = await browser.newPage()
    await page.addInitScript(
      'delete window.MediaSource; delete window.ManagedMediaSource; delete window.WebKitMediaSource',
    )
    const { original } = Object(await (await fetch(`${installation.server.url}/watch/${id}/state`)).json())
    // This browser knows no HLS by itself, but the file.
    let state: object = { title: 'A film', state: 'playable', stream: original, provisional: true, picture: true }
    await page.route('**/state', (route) => route.fulfill({ json: state }))
    await page.goto(`${installation.server.url}/watch/${id}`)
    const video = (expression: string) => page.evaluate(`document.querySelector('video').${expression}`)
    await until('the source is shown', async () => (await video('readyState')) === 4)
    expect(await page.evaluate('window.telecinePlayer')).toBeUndefined()
    await page.evaluate(`void (document.querySelector('video').currentTime = 2)`)
    state = { ...state, provisional: false, stream: `${original}?rendition` }
    await until('a rendition is shown', () =>
      page.evaluate<boolean>(
        `((video) => video.src.endsWith('?rendition') && video.readyState > 1)(document.querySelector('video'))`,
      ),
    )
    expect(await video('currentTime')).toBeCloseTo(2, 1)
  })

  test('a page that was preparing says so when the asset is taken away', PATIENT, async () => {
    await using page = await open(`/watch/${newAssetId()}`)
    let state: object | undefined = { title: 'A film', state: 'preparing', picture: true }
    await page.route('**/state', (route) => route.fulfill({ status: state ? 200 : 404, json: state ?? {} }))
    await says(page, '#notice', 'Preparing the stream')
    const progress = { percent: 0, seconds: 5400, waitingFor: 'queue' }
    state = { ...state, progress }
    await says(page, '#notice', 'Preparing the stream: waiting for a worker, 0 %, about 1 h 30 min left')
    state = { ...state, progress: { percent: 40, seconds: 120 } }
    await says(page, '#notice', 'Preparing the stream: 40 %, about 2 min left')
    expect(await page.evaluate(`document.querySelector('#progress').value`)).toBe(40)
    state = { ...state, progress: { percent: 40, waitingFor: 'delayed' } }
    await says(page, '#notice', 'Preparing the stream: delayed, it goes on by itself, 40 %')
    state = undefined
    await says(page, '#notice', 'it could not be prepared, or it was unpublished')
    expect(await page.textContent('h1')).toBe('Telecine')
  })

  test('a failed transcode is told without its reason', PATIENT, async () => {
    const { foundation, tenant, url } = installation.server
    await installation.put('in/short.mkv', { file: await clip({ seconds: 2, extension: 'mkv' }) })
    const id = await installation.import('in/short.mkv', { type: 'MKV', templateGroup: '' })
    await installation.settled(id)
    await foundation.transactions.write((tx) =>
      tx.updateAsset(id, { transcode: { state: 'failed', reason: `Encoding in ${tenant.projectId} broke off` } }),
    )
    expect(await (await fetch(`${url}/watch/${id}/state`)).text()).not.toContain('Encoding')
    await using page = await open(`/watch/${id}`)
    await says(page, '#notice', 'This video could not be prepared for playing.')
    await tenant.vod.unpublishAssets(new UnpublishAssetsRequest().withBody(published(id)))
    await says(page, '#notice', 'This video is no longer here')
  })

  const UNDECODABLE = [
    ['in/old.avi', 'AVI', ['-vf', 'scale=320:180', '-c:v', 'mpeg4', '-c:a', 'mp3']],
    ['in/silent-picture.mp4', 'MP4', ['-vf', 'scale=320:180', '-c:v', 'mpeg4', '-c:a', 'aac']],
  ] as const
  test.each(someOf(UNDECODABLE))(
    'an original that the browser cannot decode is offered for download: %s',
    PATIENT,
    async (key, type, args) => {
      await installation.put(key, { file: await clip({ seconds: 2, args, extension: type.toLowerCase() }) })
      const id = await installation.import(key, { type, templateGroup: '' })
      await installation.settled(id)
      await using page = await open(`/watch/${id}`, PHONE)
      await says(page, '#notice', 'Your browser cannot play this file as it is. It plays after a transcode')
      await says(page, '#notice', '(template_group_name: system_template_group)')
      expect([await page.isVisible('#menu'), await page.isVisible('#original')]).toEqual([false, false])
      const href = await page.getAttribute('#download', 'href')
      expect((await fetch(installation.server.url + href)).status).toBe(200)
    },
  )

  test('the front page leads to an asset, and speaks the language of the browser', PATIENT, async () => {
    await using page = await open('/', PHONE)
    await says(page, 'main', 'It is running.')
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
    const id = newAssetId()
    await page.fill('input', ` ${id} `)
    await page.click('button')
    await says(page, '#notice', 'it does not exist')
    expect(new URL(page.url()).pathname).toBe(`/watch/${id}`)
    await using chinese = await open('/', { locale: 'zh-CN' })
    await says(chinese, 'main', '服务正在运行')
  })

  test('no page did what its own policy forbids', () => expect(complaints).toEqual([]))

  test('API clients still get the gateway’s 404 at the root', async () => {
    for (const accept of ['application/json', '*/*']) {
      const answer = await fetch(`${installation.server.url}/`, { headers: { accept } })
      expect([answer.status, Object(await answer.json()).error_code]).toEqual([404, 'APIGW.0101'])
    }
  })
})

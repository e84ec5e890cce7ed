import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AssetId } from '../../src/core/shared/ids.ts'
import { decoded } from '../journeys/decoded.ts'
import { inBrowser, openBrowser, watch, withoutBrowser } from '../support/browser.ts'
import { type Installation, startInstallation } from '../support/installation.ts'
import { bigBuckBunny } from '../support/media.ts'

const PATIENCE_MS = 1_800_000

let installation: Installation
let id: AssetId
beforeAll(async () => {
  installation = await startInstallation()
  await installation.put('film.mp4', { file: bigBuckBunny() })
  id = await installation.import('film.mp4')
  expect((await installation.settled(id, PATIENCE_MS)).transcode_status).toBe('TRANSCODE_SUCCEED')
}, PATIENCE_MS)
afterAll(() => installation[Symbol.asyncDispose]())

test('30 s of 1080p: every rung has every frame', async () => {
  const { frames } = await decoded(bigBuckBunny())
  const [, ...renditions] = await installation.streams(id)
  expect(renditions.map(({ quality }) => quality)).toEqual(['FULL_HD', 'HD', 'SD', 'FLUENT'])
  for (const { url } of renditions) expect((await decoded(url)).frames).toBe(frames)
})

test.skipIf(withoutBrowser)(
  inBrowser('30 s of 1080p: every rung plays in Chromium across segments, and from the middle of any'),
  async () => {
    await using browser = await openBrowser()
    await using page = await watch(browser, `${installation.server.url}/watch/${id}`)
    for (const [level, size] of page.qualities.entries()) {
      expect(await page.play(level, 3, 5)).toEqual(size)
      expect(await page.play(level, 22.4, 3)).toEqual(size)
      expect(await page.play(level, 11.9, 1)).toEqual(size)
    }
    expect(await page.errors()).toEqual([])
  },
)

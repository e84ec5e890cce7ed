import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { openBrowser } from '../test/support/browser.ts'
import type { Bench } from './bench.ts'
import { Product } from './product.ts'
import type { SignedClient } from './signed-client.ts'
import { authorizeBucket, BUCKET, creation } from './whole-job.ts'

/** The product, and a browser with hls.js. */
export interface PlayerSite {
  readonly product: Product
  readonly client: SignedClient
  readonly page: Page
  /** The folder of the bucket that films are made of. */
  readonly bucket: string
}

export const withPlayerSite = async <T>(bench: Bench, use: (site: PlayerSite) => Promise<T>): Promise<T> => {
  const dataDir = await mkdtemp(join(bench.folder, 'site-'))
  try {
    await using product = await Product.start(bench, { command: 'start', dataDir })
    const bucket = join(dataDir, 'buckets', BUCKET)
    await mkdir(bucket, { recursive: true })
    using client = product.client({ connections: 1 })
    await authorizeBucket(client, product.credentials.project_id)
    const browser = await openBrowser()
    try {
      const page = await browser.newPage()
      await page.setContent('<video muted></video>')
      await page.addScriptTag({ path: createRequire(import.meta.url).resolve('hls.js/dist/hls.min.js') })
      return await use({ product, client, page, bucket })
    } finally {
      await browser.close()
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
}

export interface Shown {
  readonly assetId: string
  /** From the call that made the asset of the object to its first frame. */
  readonly seconds: number
}

export const showFirstFrame = async (
  { product, client, page }: PlayerSite,
  object: string,
  type = 'MP4',
): Promise<Shown> => {
  const { project_id: project, endpoint } = product.credentials
  const began = performance.now()
  const body = { ...creation(object), video_type: type }
  const made = await client.call('POST', `/v1.0/${project}/asset/reproduction`, body)
  const assetId = String(made['asset_id'])
  await page.evaluate(`new Promise((shown, failed) => {
    window.player?.destroy()
    const video = document.querySelector('video')
    window.player = new Hls()
    player.on(Hls.Events.ERROR, (_event, error) => error.fatal && failed(new Error(error.details)))
    video.requestVideoFrameCallback(() => shown())
    player.loadSource(${JSON.stringify(`${endpoint}/asset/${assetId}/play_video/index.m3u8`)})
    player.attachMedia(video)
  })`)
  return { assetId, seconds: (performance.now() - began) / 1000 }
}

/** Seconds until the frame of that time is shown. */
export const seekTo = async ({ page }: PlayerSite, time: number): Promise<number> => {
  const began = performance.now()
  await page.evaluate(`new Promise((shown) => {
    const video = document.querySelector('video')
    const look = (_now, { mediaTime }) => {
      if (Math.abs(mediaTime - ${time}) < 0.2) shown()
      else video.requestVideoFrameCallback(look)
    }
    video.requestVideoFrameCallback(look)
    video.currentTime = ${time}
  })`)
  return (performance.now() - began) / 1000
}

/** Ends all work for it. */
export const stopWork = async ({ product, client }: PlayerSite, assetId: string): Promise<void> => {
  const { project_id: project } = product.credentials
  await client.call('POST', `/telecine/v1/${project}/assets/cancel`, { asset_id: assetId })
}

import { randomUUID } from 'node:crypto'
import { link, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { openBrowser } from '../test/support/browser.ts'
import { bigBuckBunny } from '../test/support/media.ts'
import { type Bench, runFfmpeg } from './bench.ts'
import { type Figure, quantile } from './figure.ts'
import { settle } from './measure.ts'
import { Product } from './product.ts'
import type { SignedClient } from './signed-client.ts'
import { authorizeBucket, BUCKET, creation } from './whole-job.ts'

const MINUTES = [1, 10, 60, 240]
const GIGABYTES_PER_MINUTE = 0.045

/** Line (i): from the call to the first frame that hls.js shows, of films of all lengths that nobody has opened before. */
export const firstFrame = async (bench: Bench): Promise<readonly Figure[]> => {
  const lengths = bench.quick ? [1, 10] : MINUTES
  // While FFmpeg moves an index to the front, the film is there twice.
  bench.say(`line i needs ${Math.ceil(2 * Math.max(...lengths) * GIGABYTES_PER_MINUTE)} GB`)
  const dataDir = await mkdtemp(join(bench.folder, 'first-'))
  try {
    await using product = await Product.start(bench, { command: 'start', dataDir })
    await mkdir(join(dataDir, 'buckets', BUCKET), { recursive: true })
    using client = product.client({ connections: 1 })
    await authorizeBucket(client, product.credentials.project_id)
    const browser = await openBrowser()
    try {
      const page = await browser.newPage()
      await page.setContent('<video muted></video>')
      await page.addScriptTag({ path: createRequire(import.meta.url).resolve('hls.js/dist/hls.min.js') })
      const site = { product, client, page }
      // The first of all opens the browser's decoder.
      await sampleFilm(bench, site, { minutes: 1, place: 'front', rounds: 1 })
      const front = new Map<number, readonly number[]>()
      const end: number[] = []
      const rounds = bench.quick ? 2 : 10
      for (const minutes of lengths) {
        front.set(minutes, await sampleFilm(bench, site, { minutes, place: 'front', rounds }))
        end.push(...(await sampleFilm(bench, site, { minutes, place: 'end', rounds })))
      }
      return figuresOf(front, end)
    } finally {
      await browser.close()
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
}

interface Site {
  readonly product: Product
  readonly client: SignedClient
  readonly page: Page
}

interface Film {
  readonly minutes: number
  /** Of its index. */
  readonly place: 'front' | 'end'
  readonly rounds: number
}

/** Seconds of each round. */
const sampleFilm = async (bench: Bench, site: Site, { minutes, place, rounds }: Film): Promise<readonly number[]> => {
  const folder = join(site.product.dataDir, 'buckets', BUCKET)
  const film = join(folder, `${minutes}-${place}.mp4`)
  const index = place === 'front' ? ['-movflags', '+faststart'] : []
  await runFfmpeg(bench, [
    '-stream_loop',
    '-1',
    '-i',
    bigBuckBunny(),
    '-c',
    'copy',
    '-t',
    String(minutes * 60),
    ...index,
    film,
  ])
  const seconds: number[] = []
  for (let round = 0; round < rounds; round++) {
    // Under a name of its own nobody has opened it.
    const name = `${randomUUID()}.mp4`
    await link(film, join(folder, name))
    await settle(site.product.pid, bench.signal)
    seconds.push(await firstFrameOf(site, name))
  }
  await rm(film)
  bench.say(`${minutes} min, index at the ${place}: ${seconds.map((one) => one.toFixed(2)).join(' ')} s`)
  return seconds
}

const firstFrameOf = async ({ product, client, page }: Site, object: string): Promise<number> => {
  const { project_id: project, endpoint } = product.credentials
  const began = performance.now()
  const made = await client.call('POST', `/v1.0/${project}/asset/reproduction`, creation(object))
  const url = `${endpoint}/asset/${String(made['asset_id'])}/play_video/index.m3u8`
  await page.evaluate(`new Promise((shown, failed) => {
    window.player?.destroy()
    const video = document.querySelector('video')
    window.player = new Hls()
    player.on(Hls.Events.ERROR, (_event, error) => error.fatal && failed(new Error(error.details)))
    video.requestVideoFrameCallback(() => shown())
    player.loadSource(${JSON.stringify(url)})
    player.attachMedia(video)
  })`)
  const seconds = (performance.now() - began) / 1000
  await client.call('POST', `/telecine/v1/${project}/assets/cancel`, { asset_id: made['asset_id'] })
  return seconds
}

const figuresOf = (front: ReadonlyMap<number, readonly number[]>, end: readonly number[]): readonly Figure[] => {
  const all = [...front.values()].flat()
  const medians = [...front].map(([minutes, seconds]) => [`p50_${minutes}min_s`, quantile(seconds, 0.5)] as const)
  const spread = Math.max(...medians.map(([, one]) => one)) - Math.min(...medians.map(([, one]) => one))
  const what = 'from the call to the first frame in hls.js'
  const common = { unit: 's', parts: Object.fromEntries(medians) } as const
  return [
    {
      ...common,
      id: 'i.p50',
      what: `${what}, index first, all lengths`,
      value: quantile(all, 0.5),
      target: { atMost: 0.8 },
    },
    { ...common, id: 'i.p95', what: `the same`, value: quantile(all, 0.95), target: { atMost: 1.5 } },
    { ...common, id: 'i.spread', what: 'between the medians of the lengths', value: spread, target: { atMost: 0.5 } },
    {
      id: 'i.end',
      what: `${what}, index at the end, 95th percentile`,
      unit: 's',
      value: quantile(end, 0.95),
      target: { atMost: 2 },
      parts: { p50_s: quantile(end, 0.5) },
    },
  ]
}

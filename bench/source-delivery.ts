import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Bench } from './bench.ts'
import { longClip } from './clips.ts'
import { type Download, download, eachOf } from './download.ts'
import { type Figure, median } from './figure.ts'
import { type Cost, measureCost, settle } from './measure.ts'
import { cpuSecondsOf } from './processes.ts'
import type { Product } from './product.ts'
import { startSeparateApi } from './separate-api.ts'
import { readVariant } from './variant.ts'
import { authorizeBucket, creation, putIntoBucket } from './whole-job.ts'

const CONNECTIONS = 4
/** Of the film: 60 MB, which stay in the API's memory. */
const KEPT_SECONDS = 80
const KEPT_TIMES = 8

/**
 * Line (n): segments that are cut out of the source for each request, picture and sound, by an API that has one processor. No worker runs, so nothing
 * takes their place. Once through ten minutes, of which the API keeps less than lies between two visits to a part; and the first of them again and again.
 */
export const deliverSource = async (bench: Bench): Promise<readonly Figure[]> => {
  bench.say('line n needs 1 GB')
  const dataDir = await mkdtemp(join(bench.folder, 'source-'))
  try {
    const clip = await longClip(bench, 10)
    await using api = await startSeparateApi(bench, dataDir)
    const { product } = api
    await promisify(execFile)('taskset', ['-acp', '0', String(product.pid)])
    await putIntoBucket(dataDir, clip.path, 'clip.mp4')
    const segments = await segmentsOf(product)
    const kept = segments.filter(({ startSeconds }) => startSeconds < KEPT_SECONDS).map(({ path }) => path)
    const work = {
      cold: segments.map(({ path }) => path),
      warm: Array.from({ length: KEPT_TIMES }, () => kept).flat(),
    }
    await settle(product.pid, bench.signal)
    await load(bench, product, work.cold)
    const [cold, warm]: [Load[], Load[]] = [[], []]
    for (let round = 0; round < bench.rounds; round++) {
      cold.push(await load(bench, product, work.cold))
      await load(bench, product, kept)
      warm.push(await load(bench, product, work.warm))
      bench.say(`Gbit/s: read ${cold.at(-1)?.perSecond.toFixed(2)}, kept ${warm.at(-1)?.perSecond.toFixed(2)}`)
    }
    return [
      figureOf('n.read', 'source segments, a second time through a film that the API cannot keep', cold),
      figureOf('n.kept', 'the same of a part that it keeps', warm),
    ]
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
}

interface PlacedSegment {
  readonly path: string
  readonly startSeconds: number
}

/** Of picture and sound in the order in which players ask. */
const segmentsOf = async (product: Product): Promise<readonly PlacedSegment[]> => {
  const { project_id: project, endpoint } = product.credentials
  using client = product.client({ connections: 1 })
  await authorizeBucket(client, project)
  const made = await client.call('POST', `/v1.0/${project}/asset/reproduction`, creation('clip.mp4'))
  const folder = `${endpoint}/asset/${String(made['asset_id'])}/play_video/source`
  const tracks = [await readVariant(`${folder}_video.m3u8`), await readVariant(`${folder}_audio.m3u8`)]
  return tracks
    .flatMap(({ playlist, segments }) => {
      let startSeconds = 0
      const durations = [...playlist.matchAll(/^#EXTINF:([\d.]+)/gm)].map(([, seconds]) => Number(seconds))
      return segments.map((url, n) => {
        const segment = { path: new URL(url).pathname, startSeconds }
        startSeconds += durations[n] ?? 0
        return segment
      })
    })
    .toSorted((one, other) => one.startSeconds - other.startSeconds)
}

interface Load extends Download, Cost {
  /** Gbit. */
  readonly perSecond: number
  readonly perCpuSecond: number
}

const load = async ({ signal }: Bench, { pid, credentials }: Product, paths: readonly string[]): Promise<Load> => {
  signal.throwIfAborted()
  let got: Download = { requests: 0, bytes: 0 }
  const cost = await measureCost(
    () => cpuSecondsOf(pid),
    async () => {
      got = await download(credentials.endpoint, { connections: CONNECTIONS, next: eachOf(paths) })
    },
  )
  const gigabits = (got.bytes * 8) / 1e9
  return { ...got, ...cost, perSecond: gigabits / cost.wallSeconds, perCpuSecond: gigabits / cost.cpuSeconds }
}

const figureOf = (id: string, what: string, loads: readonly Load[]): Figure => ({
  ...{ id, what, unit: 'Gbit/s', target: { atLeast: 2 } },
  value: median(loads.map(({ perCpuSecond }) => perCpuSecond)),
  parts: {
    by_the_clock: median(loads.map(({ perSecond }) => perSecond)),
    MB: (loads[0]?.bytes ?? 0) / 1e6,
    requests: loads[0]?.requests ?? 0,
    others_processors: Math.max(...loads.map(({ othersProcessors }) => othersProcessors)),
  },
})

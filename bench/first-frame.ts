import { randomUUID } from 'node:crypto'
import { link, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { bigBuckBunny } from '../test/support/media.ts'
import { type Bench, runFfmpeg } from './bench.ts'
import { type Figure, quantile } from './figure.ts'
import { settle } from './measure.ts'
import { type PlayerSite, showFirstFrame, stopWork, withPlayerSite } from './player-site.ts'

const MINUTES = [1, 10, 60, 240]
const GIGABYTES_PER_MINUTE = 0.045

/** Line (i): from the call to the first frame that hls.js shows, of films of all lengths that nobody has opened before. */
export const firstFrame = async (bench: Bench): Promise<readonly Figure[]> => {
  const lengths = bench.quick ? [1, 10] : MINUTES
  // While FFmpeg moves an index to the front, the film is there twice.
  bench.say(`line i needs ${Math.ceil(2 * Math.max(...lengths) * GIGABYTES_PER_MINUTE)} GB`)
  return withPlayerSite(bench, async (site) => {
    // The first of all opens the browser's decoder.
    await sampleFilm(bench, site, { minutes: 1, place: 'front', rounds: 1 })
    const front = new Map<number, readonly number[]>()
    const end: number[] = []
    const rounds = bench.quick ? 2 : 10
    for (const minutes of lengths) {
      front.set(minutes, await sampleFilm(bench, site, { minutes, place: 'front', rounds }))
      end.push(...(await sampleFilm(bench, site, { minutes, place: 'end', rounds })))
    }
    const even = await sampleFilm(bench, site, { minutes: 1, place: 'front', rounds, isEven: true })
    return [...figuresOf(front, end), evenFigure(even)]
  })
}

interface Film {
  readonly minutes: number
  /** Of its index. */
  readonly place: 'front' | 'end'
  readonly rounds: number
  /** Of the film the keyframes are up to 12.6 s apart; of this one, encoded for it, 2 s. */
  readonly isEven?: boolean
}

const EVEN = ['-c:v', 'libx264', '-preset', 'veryfast', '-b:v', '6M', '-g', '48', '-sc_threshold', '0', '-c:a', 'copy']

/** Seconds of each round. */
const sampleFilm = async (
  bench: Bench,
  site: PlayerSite,
  { minutes, place, rounds, isEven = false }: Film,
): Promise<readonly number[]> => {
  const film = join(site.bucket, `${minutes}-${place}.mp4`)
  const index = place === 'front' ? ['-movflags', '+faststart'] : []
  const codecs = isEven ? EVEN : ['-c', 'copy']
  const length = ['-t', String(minutes * 60)]
  await runFfmpeg(bench, ['-stream_loop', '-1', '-i', bigBuckBunny(), ...codecs, ...length, ...index, film])
  const seconds: number[] = []
  for (let round = 0; round < rounds; round++) {
    // Under a name of its own nobody has opened it.
    const name = `${randomUUID()}.mp4`
    await link(film, join(site.bucket, name))
    await settle(site.product.pid, bench.signal)
    const shown = await showFirstFrame(site, name)
    seconds.push(shown.seconds)
    await stopWork(site, shown.assetId)
  }
  await rm(film)
  bench.say(
    `${minutes} min, ${isEven ? 'keyframes every 2 s, ' : ''}index at the ${place}: ${seconds.map((one) => one.toFixed(2)).join(' ')} s`,
  )
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

/** What is ours of `i.p50`, where the first segment is not one of 10 s and 8 MB that the browser has to take first. */
const evenFigure = (seconds: readonly number[]): Figure => ({
  ...{
    id: 'i.even',
    what: 'from the call to the first frame of a minute with keyframes every 2 s, index first',
    unit: 's',
  },
  value: quantile(seconds, 0.5),
  parts: { p95_s: quantile(seconds, 0.95) },
})

import { randomUUID } from 'node:crypto'
import { link, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { bigBuckBunny } from '../test/support/media.ts'
import { type Bench, runFfmpeg } from './bench.ts'
import { type Figure, quantile } from './figure.ts'
import { settle } from './measure.ts'
import { type PlayerSite, seekTo, showFirstFrame, stopWork, withPlayerSite } from './player-site.ts'

interface Kind {
  readonly name: string
  readonly type: string
  readonly extension: string
  readonly codec: readonly string[]
}

/** What no browser plays as it is, all of 1080p. */
const KINDS: readonly Kind[] = [
  {
    ...{ name: 'hevc10', type: 'MP4', extension: 'mp4' },
    codec: [
      ...['-c:v', 'libx265', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p10le', '-tag:v', 'hvc1', '-c:a', 'copy'],
      ...['-x265-params', 'log-level=error'],
    ],
  },
  {
    ...{ name: 'vp9', type: 'WEBM', extension: 'webm' },
    codec: ['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-b:v', '4M', '-c:a', 'libopus'],
  },
  {
    ...{ name: 'mpeg2', type: 'TS', extension: 'ts' },
    codec: ['-c:v', 'mpeg2video', '-b:v', '12M', '-c:a', 'mp2'],
  },
]

const CLIP_SECONDS = 20
/** All together. */
const GIGABYTES = 0.8

/** Line (p): from the call to the first frame of what has to be encoded, and to that of a place that nobody has asked for, while the ladder is encoded. */
export const previewFrames = async (bench: Bench): Promise<readonly Figure[]> => {
  bench.say(`line p needs ${GIGABYTES} GB`)
  const seconds = bench.quick ? 60 : 300
  return withPlayerSite(bench, async (site) => {
    const first = new Map<string, readonly number[]>()
    const seeks = new Map<string, readonly number[]>()
    for (const kind of KINDS) {
      const film = await makeFilm(bench, kind, seconds)
      const measured = await measureFilm(bench, site, { kind, film, seconds })
      first.set(kind.name, measured.first)
      seeks.set(kind.name, measured.seeks)
      await rm(film)
    }
    return [
      {
        ...figureOf('p.first', first),
        what: 'from the call to the first frame, HEVC 10 bit, VP9, MPEG-2',
        target: { atMost: 5 },
      },
      { ...figureOf('p.seek', seeks), what: 'to the first frame of a place not yet encoded', target: { atMost: 3 } },
    ]
  })
}

const makeFilm = async (bench: Bench, { name, extension, codec }: Kind, seconds: number): Promise<string> => {
  const folder = join(bench.folder, 'previews')
  await mkdir(folder, { recursive: true })
  const [clip, film] = [join(folder, `clip.${extension}`), join(folder, `${name}.${extension}`)]
  await runFfmpeg(bench, ['-i', bigBuckBunny(), '-t', String(CLIP_SECONDS), ...codec, clip])
  await runFfmpeg(bench, ['-stream_loop', String(seconds / CLIP_SECONDS - 1), '-i', clip, '-c', 'copy', film])
  return film
}

interface Film {
  readonly kind: Kind
  readonly film: string
  readonly seconds: number
}

const measureFilm = async (bench: Bench, site: PlayerSite, { kind, film, seconds }: Film) => {
  const rounds = bench.quick ? 2 : 7
  const first: number[] = []
  const seeks: number[] = []
  for (let round = 0; round < rounds; round++) {
    const object = `${randomUUID()}.${kind.extension}`
    await link(film, join(site.bucket, object))
    await settle(site.product.pid, bench.signal)
    const shown = await showFirstFrame(site, object, kind.type)
    first.push(shown.seconds)
    // Not at a multiple of anything, and far behind what is made beyond the first piece.
    seeks.push(await seekTo(site, 0.6 * seconds + 1.1 + 7.3 * round))
    await stopWork(site, shown.assetId)
  }
  const list = (all: readonly number[]) => all.map((one) => one.toFixed(2)).join(' ')
  bench.say(`${kind.name}: first frames ${list(first)} s, seeks ${list(seeks)} s`)
  return { first, seeks }
}

const figureOf = (id: string, samples: ReadonlyMap<string, readonly number[]>) => ({
  ...({ id, unit: 's', value: quantile([...samples.values()].flat(), 0.95) } as const),
  parts: Object.fromEntries([...samples].map(([name, seconds]) => [`${name}_p50_s`, quantile(seconds, 0.5)])),
})

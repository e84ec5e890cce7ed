import { execFile } from 'node:child_process'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Bench, runFfmpeg } from './bench.ts'
import { type Clip, longClip } from './clips.ts'
import { type Figure, median } from './figure.ts'
import { type Cost, measureChildren } from './measure.ts'
import { wholeJob } from './whole-job.ts'

const run = promisify(execFile)

/** Line (o): a job that encodes nothing, of an hour of film, against a copy of the file and FFmpeg with `-c copy` into the same kind of stream. */
export const remuxJob = async (bench: Bench): Promise<readonly Figure[]> => {
  bench.say(`line o needs ${bench.quick ? 1 : 9} GB`)
  const clip = await longClip(bench, bench.quick ? 5 : 60)
  const rounds: { readonly job: Cost; readonly plain: Cost }[] = []
  for (let round = 0; round < bench.rounds; round++) {
    const sides = {
      job: () => wholeJob(bench, clip, { templateGroup: 'original_template_group' }),
      plain: () => plainRemux(bench, clip),
    }
    const first = await settled(round % 2 === 0 ? sides.job : sides.plain)
    const second = await settled(round % 2 === 0 ? sides.plain : sides.job)
    const [job, plain] = round % 2 === 0 ? [first, second] : [second, first]
    rounds.push({ job, plain })
    bench.say(`remux: ours ${job.wallSeconds.toFixed(1)} s, plain ${plain.wallSeconds.toFixed(1)} s`)
  }
  await rm(clip.path)
  return [figureOf(clip, rounds)]
}

/** What the side before left for the disk to write is no cost of this one. */
const settled = async (side: () => Promise<Cost>): Promise<Cost> => {
  await run('sync')
  return side()
}

const plainRemux = async (bench: Bench, { path }: Clip): Promise<Cost> => {
  const folder = join(bench.folder, 'plain-remux')
  await mkdir(folder)
  try {
    return await measureChildren(async () => {
      await run('cp', [path, join(folder, 'copy.mp4')], { signal: bench.signal })
      await runFfmpeg(bench, [
        ...['-i', join(folder, 'copy.mp4'), '-map', '0:v', '-map', '0:a', '-c', 'copy', '-f', 'hls', '-hls_time', '5'],
        ...[
          '-hls_playlist_type',
          'vod',
          '-hls_segment_type',
          'fmp4',
          '-var_stream_map',
          'v:0,agroup:sound a:0,agroup:sound',
        ],
        ...[
          '-master_pl_name',
          'index.m3u8',
          '-hls_segment_filename',
          join(folder, '%v/%05d.m4s'),
          join(folder, '%v.m3u8'),
        ],
      ])
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const figureOf = ({ name }: Clip, rounds: readonly { readonly job: Cost; readonly plain: Cost }[]): Figure => ({
  ...{ id: `o.${name}`, what: 'a job that encodes nothing against cp and FFmpeg with -c copy, time' },
  ...{ value: median(rounds.map(({ job, plain }) => job.wallSeconds / plain.wallSeconds)), unit: 'ratio' },
  target: { atMost: 1.3 },
  parts: {
    ours_s: median(rounds.map(({ job }) => job.wallSeconds)),
    theirs_s: median(rounds.map(({ plain }) => plain.wallSeconds)),
    ours_cpu_s: median(rounds.map(({ job }) => job.cpuSeconds)),
    theirs_cpu_s: median(rounds.map(({ plain }) => plain.cpuSeconds)),
    others_processors: Math.max(...rounds.flatMap(({ job, plain }) => [job.othersProcessors, plain.othersProcessors])),
  },
})

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Bench, runFfmpeg } from './bench.ts'

const SUBSAMPLE = 5

interface Pair {
  readonly encoded: string
  readonly source: string
  readonly frameRate: number
}

/** How like its source a rendition looks on a 1080p screen, 0 to 100: scaled up bicubic, every fifth frame. */
export const vmafOf = async (bench: Bench, { encoded, source, frameRate }: Pair): Promise<number> => {
  const log = join(bench.folder, 'vmaf.json')
  // Frame by frame, whatever time each container begins at.
  const times = `settb=AVTB,setpts=N/${frameRate}/TB`
  const scorer = `libvmaf=n_subsample=${SUBSAMPLE}:n_threads=2:log_fmt=json:log_path=${log}`
  const graph = `[0:v]scale=1920:1080:flags=bicubic,${times}[d];[1:v]${times}[r];[d][r]${scorer}`
  await runFfmpeg(bench, ['-i', encoded, '-i', source, '-lavfi', graph, '-fps_mode', 'passthrough', '-f', 'null', '-'])
  return parseScore(await readFile(log, 'utf8'))
}

const parseScore = (json: string): number => {
  const score = /"pooled_metrics"[\s\S]*"vmaf":\s*\{[^}]*"mean":\s*([\d.]+)/.exec(json)?.[1]
  if (score === undefined) throw new Error('libvmaf wrote no score')
  return Number(score)
}

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { bigBuckBunny } from '../test/support/media.ts'
import { type Bench, runFfmpeg } from './bench.ts'

export interface Clip {
  readonly path: string
  /** For the table. */
  readonly name: string
}

/** Big Buck Bunny, 30 s of 1080p24; of a quick run its first three seconds. */
export const shortClip = async (bench: Bench): Promise<Clip> => {
  if (!bench.quick) return { path: bigBuckBunny(), name: '30s' }
  const path = join(await clipFolder(bench), 'short.mp4')
  const encoder = ['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '18', '-c:a', 'copy']
  await runFfmpeg(bench, ['-i', bigBuckBunny(), '-t', '3', ...encoder, path])
  return { path, name: '3s' }
}

/** The short clip ten times on end, without a new encode. */
export const longClip = async (bench: Bench): Promise<Clip> => {
  const { path: short } = await shortClip(bench)
  const [path, times, seconds] = [join(await clipFolder(bench), 'long.mp4'), 10, bench.quick ? 30 : 300]
  const loop = ['-stream_loop', String(times - 1), '-i', short]
  // Looped apart: together they would begin anew only when the longer one has ended, with a gap in the other.
  const args = [...loop, ...loop, '-map', '0:v:0', '-map', '1:a:0', '-c', 'copy', '-t', String(seconds), path]
  await runFfmpeg(bench, args)
  await requireEvenFrames(bench, path, seconds * 24)
  return { path, name: bench.quick ? '30s-loop' : '5min' }
}

/** Its name is that of a bucket, so that the local store can read the clips. */
const clipFolder = async ({ folder }: Bench): Promise<string> => {
  const path = join(folder, 'clips')
  await mkdir(path, { recursive: true })
  return path
}

/** A loop with holes would not be the same work as a film. */
const requireEvenFrames = async (bench: Bench, path: string, frames: number): Promise<void> => {
  const listing = await runFfmpeg(bench, ['-i', path, '-map', '0:v:0', '-c', 'copy', '-f', 'framecrc', '-'])
  const times = listing
    .split('\n')
    .filter((line) => line.startsWith('0,'))
    .map((line) => Number(line.split(',')[2]))
    .toSorted((a, b) => a - b)
  const steps = new Set(times.slice(1).map((time, n) => time - (times[n] ?? 0)))
  if (times.length === frames && steps.size === 1) return
  throw new Error(`the looped clip has ${times.length} frames in steps of ${[...steps].join(', ')}; expected ${frames}`)
}

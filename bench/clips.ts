import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bigBuckBunny } from '../test/support/media.ts'
import { type Bench, ROOT, runFfmpeg } from './bench.ts'

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

/** The short clip again and again, five minutes or more, without a new encode. */
export const longClip = async (bench: Bench, minutes: 5 | 10 | 60): Promise<Clip> => {
  const { path: short } = await shortClip(bench)
  const [path, times] = [join(await clipFolder(bench), `${minutes}min.mp4`), bench.quick ? minutes * 10 : minutes * 2]
  const seconds = bench.quick ? minutes * 30 : minutes * 60
  const loop = ['-stream_loop', String(times - 1), '-i', short]
  // Looped apart: together they would begin anew only when the longer one has ended, with a gap in the other.
  const args = [...loop, ...loop, '-map', '0:v:0', '-map', '1:a:0', '-c', 'copy', '-t', String(seconds), path]
  await runFfmpeg(bench, args)
  await requireEvenFrames(bench, path, seconds * 24)
  return { path, name: bench.quick ? `${seconds}s-loop` : `${minutes}min` }
}

/** Just long enough to be divided, and so small that it has one rendition. */
export const smallClip = async (bench: Bench): Promise<Clip> => {
  const path = join(await clipFolder(bench), 'small.mp4')
  const encoder = ['-vf', 'scale=480:270', '-c:v', 'libx264', '-preset', 'ultrafast', '-c:a', 'aac', '-ac', '2']
  await runFfmpeg(bench, ['-stream_loop', '4', '-i', bigBuckBunny(), '-t', '130', ...encoder, path])
  return { path, name: 'small' }
}

/** A film, a slide show, a terminal that scrolls, and a noisy film, all of 1080p24 and too long to be taken whole: what bit rates by content are tried on. */
export const contentClips = async (bench: Bench): Promise<readonly Clip[]> => {
  const seconds = bench.quick ? 2 : 30
  const text = join(await clipFolder(bench), 'text.txt')
  await writeFile(text, await terminalText())
  const film = ['-i', bigBuckBunny(), '-t', String(seconds)]
  // FFmpeg draws these characters with a font of its own, at 640 pixels at most.
  const terminal = ['-f', 'tty', '-video_size', '640x352', '-framerate', '24', '-chars_per_frame', '40', '-i', text]
  return [
    await contentClip(bench, 'film', [...film, '-crf', '15']),
    await contentClip(bench, 'slides', ['-i', bigBuckBunny(), '-vf', 'fps=1/3,fps=24', '-t', String(seconds)]),
    await contentClip(bench, 'text', [
      ...terminal,
      ...['-vf', 'scale=1920:1056:flags=neighbor,pad=1920:1080:0:12', '-t', String(seconds)],
    ]),
    await contentClip(bench, 'noise', [
      ...['-i', bigBuckBunny(), '-vf', 'noise=alls=20:allf=t', '-t', String(0.55 * seconds), '-crf', '20'],
    ]),
  ]
}

/** A film that is over half way, and a test picture: where the encoder may save bits for what is hard, or has saved none. */
export const mixedClip = (bench: Bench): Promise<Clip> => {
  const seconds = String(bench.quick ? 1 : 12)
  const bars = ['-f', 'lavfi', '-t', seconds, '-i', 'smptehdbars=s=1920x1080:r=24']
  const graph = '[0:v]setsar=1,format=yuv420p[film];[1:v]setsar=1,format=yuv420p[bars];[film][bars]concat=n=2:v=1'
  return contentClip(bench, 'mixed', ['-t', seconds, '-i', bigBuckBunny(), ...bars, '-filter_complex', graph])
}

const contentClip = async (bench: Bench, name: string, args: readonly string[]): Promise<Clip> => {
  const path = join(await clipFolder(bench), `${name}.mp4`)
  const encoder = ['-an', '-c:v', 'libx264', '-preset', 'veryfast', '-pix_fmt', 'yuv420p']
  await runFfmpeg(bench, [...args, ...encoder, ...(args.includes('-crf') ? [] : ['-crf', '12']), path])
  return { path, name }
}

/** The documentation, as a terminal shows it. */
const terminalText = async (): Promise<string> => {
  const folder = join(ROOT, 'docs')
  const files = (await readdir(folder)).filter((file) => file.endsWith('.md')).toSorted()
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')))
  return texts.join('\n').replaceAll('\n', '\r\n')
}

/** An hour of 1080p24 with a keyframe every two seconds, as films for the web have. */
export const webClip = (bench: Bench): Promise<Clip> =>
  evenClip(bench, { seconds: bench.quick ? 90 : 3600, bitrateKbps: 4000, keyframeSeconds: 2 })

interface EvenClip {
  readonly seconds: number
  readonly bitrateKbps: number
  readonly keyframeSeconds: number
}

/** Silent 1080p24 with even keyframes: 30 s of the film again and again. */
export const evenClip = async (bench: Bench, { seconds, bitrateKbps, keyframeSeconds }: EvenClip): Promise<Clip> => {
  const folder = await clipFolder(bench)
  const [short, path] = [join(folder, `even-${bitrateKbps}-short.mp4`), join(folder, `even-${bitrateKbps}.mp4`)]
  const gop = String(keyframeSeconds * 24)
  const encoder = [
    ...['-an', '-c:v', 'libx264', '-preset', 'veryfast', '-b:v', `${bitrateKbps}k`],
    ...['-g', gop, '-keyint_min', gop, '-sc_threshold', '0'],
  ]
  await runFfmpeg(bench, ['-i', bigBuckBunny(), '-t', '30', ...encoder, short])
  await runFfmpeg(bench, ['-stream_loop', '-1', '-i', short, '-c', 'copy', '-t', String(seconds), path])
  return { path, name: seconds % 3600 === 0 ? `${seconds / 3600}h` : `${seconds}s` }
}

/** Ten minutes of a clip, without a new encode; the samples of a search have other places in it each. */
export const tenMinutesOf = async (bench: Bench, { path: short, name }: Clip): Promise<Clip> => {
  const path = join(await clipFolder(bench), `${name}-long.mp4`)
  const seconds = bench.quick ? 30 : 600
  await runFfmpeg(bench, ['-stream_loop', '-1', '-i', short, '-c', 'copy', '-t', String(seconds), path])
  return { path, name: `${name}-long` }
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

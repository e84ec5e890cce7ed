import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'
import { locateFfmpeg } from '../../src/adapters/ffmpeg/locate.ts'

const run = promisify(execFile)

/** Debian's, which is older than the packaged one: 5.1 in Debian 12. */
export const SYSTEM_FFMPEG = '/usr/bin/ffmpeg'

/** Why the system's cannot be tested; `undefined` when there is one. */
export const missingSystemFfmpeg = (): string | undefined =>
  existsSync(SYSTEM_FFMPEG) ? undefined : `no FFmpeg at ${SYSTEM_FFMPEG}: install ffmpeg`

let found: Promise<string> | undefined

/** The one place where tests find FFmpeg: as the product does, which tries it, so once. */
export const ffmpegPath = (): Promise<string> => {
  const configured = process.env['TELECINE_FFMPEG_PATH']
  found ??= locateFfmpeg({ searchPath: process.env['PATH'] ?? '', ...(configured ? { configured } : {}) })
  return found
}

/** Runs FFmpeg for a test's own purposes; answers what it said. */
export const ffmpeg = async (
  ...args: readonly string[]
): Promise<{ readonly stdout: string; readonly stderr: string }> =>
  run(await ffmpegPath(), ['-hide_banner', '-nostdin', ...args], { maxBuffer: 64 << 20 })

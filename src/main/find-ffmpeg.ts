import { locateFfmpeg } from '../adapters/ffmpeg/locate.ts'
import { type Config, ConfigError, searchPath } from './config.ts'
import { firstLineOf } from './first-line.ts'

/** The FFmpeg to use: configured, npm's, or the system's. Throws `ConfigError` when there is none that works. */
export const findFfmpeg = async ({ ffmpegPath }: Config): Promise<string> => {
  try {
    return await locateFfmpeg({ searchPath: searchPath(), ...(ffmpegPath !== undefined && { configured: ffmpegPath }) })
  } catch (cause) {
    throw new ConfigError(firstLineOf(cause), { cause })
  }
}

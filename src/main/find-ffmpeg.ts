import { locateFfmpeg } from '../adapters/ffmpeg/locate.ts'
import { type Config, ConfigError, searchPath } from './config.ts'

/** The FFmpeg to use: configured, npm's, or the system's. Throws `ConfigError` when there is none that works. */
export const findFfmpeg = async ({ ffmpegPath }: Config): Promise<string> => {
  try {
    return await locateFfmpeg({ searchPath: searchPath(), ...(ffmpegPath !== undefined && { configured: ffmpegPath }) })
  } catch (cause) {
    throw new ConfigError(firstLineOf(cause), { cause })
  }
}

/** A program that fails puts its whole output into the message. */
export const firstLineOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? ''

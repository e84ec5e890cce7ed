import { locateFfmpeg } from '../adapters/ffmpeg/locate.ts'
import { type Config, searchPath } from './config.ts'

/** The FFmpeg to use: configured, npm's, or the system's. Throws with a plain reason when there is none. */
export const findFfmpeg = ({ ffmpegPath }: Config): Promise<string> =>
  locateFfmpeg({ searchPath: searchPath(), ...(ffmpegPath !== undefined && { configured: ffmpegPath }) })

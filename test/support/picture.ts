import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { ffmpegPath } from './ffmpeg.ts'

/** A picture of what FFmpeg makes of an input. */
export const pictureOf = async (
  input: readonly string[],
  filter: string,
  codec: 'mjpeg' | 'png' = 'mjpeg',
): Promise<Uint8Array> => {
  const output = ['-frames:v', '1', '-vf', filter, '-c:v', codec, '-q:v', '3', '-f', 'image2pipe', '-']
  const run = promisify(execFile)
  const args = ['-v', 'error', '-nostdin', ...input, ...output]
  const { stdout } = await run(await ffmpegPath(), args, { encoding: 'buffer', maxBuffer: 64 << 20 })
  return stdout
}

import { randomUUID } from 'node:crypto'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ffmpeg } from '../support/ffmpeg.ts'

interface Size {
  readonly width: number
  readonly height: number
}

/** Every frame of a film in memory, or of a file or URL, as RGB; colours by the matrix that it says, else by its size as players do. */
export const rawFrames = async (
  film: Buffer | string,
  { width, height }: Size,
): Promise<readonly (Size & { readonly rgb: Buffer })[]> => {
  const name = join(tmpdir(), `telecine-frames-${randomUUID()}`)
  const [input, output] = [typeof film === 'string' ? film : `${name}.mp4`, `${name}.rgb`]
  try {
    if (typeof film !== 'string') await writeFile(input, film)
    const { stderr } = await ffmpeg('-i', input, '-c', 'copy', '-frames:v', '1', '-f', 'null', '-')
    const says = /Video: [^\n]*\((?:tv|pc), (?:bt709|smpte170m|bt470bg)/.test(stderr)
    const guessed = Math.min(width, height) >= 720 ? 'bt709' : 'smpte170m'
    const matrix = says ? [] : [`in_color_matrix=${guessed}`]
    const filter = `scale=${[`${width}:${height}`, ...matrix].join(':')},format=rgb24`
    await ffmpeg(
      ...['-v', 'error', '-i', input, '-map', '0:v:0', '-vf', filter, '-fps_mode', 'passthrough', '-f', 'rawvideo'],
      output,
    )
    const bytes = await readFile(output)
    const size = width * height * 3
    return Array.from({ length: bytes.length / size }, (_, n) => ({
      ...{ width, height },
      rgb: bytes.subarray(n * size, (n + 1) * size),
    }))
  } finally {
    await Promise.all([rm(`${name}.mp4`, { force: true }), rm(output, { force: true })])
  }
}

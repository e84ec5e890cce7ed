import { randomUUID } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ffmpeg } from './ffmpeg.ts'

/** From the frame header. */
export const jpegSize = (jpeg: Uint8Array): { readonly width: number; readonly height: number } => {
  const bytes = Buffer.from(jpeg)
  if (bytes.readUInt16BE(0) !== 0xffd8) throw new Error('this is no JPEG')
  const frame = bytes.indexOf(Buffer.from([0xff, 0xc0, 0x00, 0x11]))
  return { height: bytes.readUInt16BE(frame + 5), width: bytes.readUInt16BE(frame + 7) }
}

/** How bright a part of it is on average, 0 to 255. */
export const grayOf = async (jpeg: Uint8Array, part = 'null'): Promise<number> => {
  const path = join(tmpdir(), `telecine-picture-${randomUUID()}.jpg`)
  await writeFile(path, jpeg)
  try {
    const show = `${part},format=gray,signalstats,metadata=print:key=lavfi.signalstats.YAVG:file=-`
    const { stdout } = await ffmpeg('-v', 'error', '-i', path, '-vf', show, '-f', 'null', '-')
    const average = /YAVG=([\d.]+)/.exec(stdout)?.[1]
    if (average === undefined) throw new Error('FFmpeg did not measure the picture')
    return Number(average)
  } finally {
    await rm(path)
  }
}

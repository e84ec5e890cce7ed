import { createByteQueue } from '../../core/packaging/byte-queue.ts'
import { MediaFailure } from '../../core/processing/ports.ts'
import { explainExit } from './explain-exit.ts'
import type { RegisteredSource } from './range-proxy.ts'
import { FfmpegRun, FIRST_OUTPUT, type RunOptions } from './run.ts'

/** JPEGs one after the other, each with its length before it (`readPictures`); nothing of the source's own words gets into one. */
export const jpegArguments = (quality: number): readonly string[] => [
  ...['-fps_mode', 'passthrough', '-map_metadata', '-1', '-c:v', 'mjpeg', '-q:v', String(quality)],
  ...['-f', 'mpjpeg', `pipe:${FIRST_OUTPUT}`],
]

/** A JPEG of 4096 pixels has some megabytes at most. */
const MAX_PICTURE_BYTES = 32 << 20
const MAX_TOTAL_BYTES = 16 * 2 ** 30

/**
 * Hands on the pictures of one FFmpeg (`jpegArguments`) as they come, the next one when the last one is taken, and ends well
 * only when it did. The answer is how many there were.
 */
export const readPictures = async (
  options: Omit<RunOptions, 'outputs' | 'isWaiting'>,
  source: RegisteredSource | undefined,
  consume: (jpeg: Uint8Array) => Promise<void>,
): Promise<number> => {
  const run = new FfmpegRun({ ...options, outputs: 1, isWaiting: () => source?.reader.isWaiting ?? false })
  let count = 0
  try {
    for (const pipe of run.outputs) {
      for await (const jpeg of picturesIn(pipe)) {
        await consume(jpeg)
        count += 1
      }
    }
  } catch (error) {
    run.stop({ type: 'cancelled' })
    await run.ended
    options.signal.throwIfAborted()
    throw source?.reader.failure ?? error
  }
  const failure = explainExit(await run.ended)
  options.signal.throwIfAborted()
  if (source?.reader.failure ?? failure) throw source?.reader.failure ?? failure
  return count
}

const HEADER = /^(?:\r\n)?--ffmpeg\r\nContent-type: image\/jpeg\r\nContent-length: (\d+)\r\n\r\n/
const HEADER_BYTES = 128

/** Of FFmpeg's `mpjpeg`. What is no whole picture is none. */
export async function* picturesIn(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const queue = createByteQueue()
  let [wanted, total] = [0, 0]
  for await (const chunk of bytes) {
    queue.push(chunk)
    for (;;) {
      if (wanted === 0) {
        const [header, length] = HEADER.exec(Buffer.from(queue.peek(HEADER_BYTES)).toString('latin1')) ?? []
        if (header === undefined) break
        queue.take(header.length)
        wanted = Number(length)
        total += wanted
        if (wanted > MAX_PICTURE_BYTES || total > MAX_TOTAL_BYTES) {
          throw new MediaFailure(`its pictures grew beyond ${MAX_TOTAL_BYTES} bytes`, { permanent: true })
        }
      }
      if (queue.size() < wanted) break
      yield checked(Buffer.concat(queue.take(wanted)))
      wanted = 0
    }
  }
}

/** From its first mark to its last. */
const checked = (jpeg: Buffer): Buffer => {
  if (jpeg.readUInt16BE(0) === 0xffd8 && jpeg.readUInt16BE(jpeg.length - 2) === 0xffd9) return jpeg
  throw new MediaFailure('FFmpeg left a broken picture', { permanent: false, suspect: true })
}

import { readdir, truncate } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { StillShape } from '../../src/core/catalog/snapshots.ts'
import type { PinnedSource } from '../../src/core/processing/ports.ts'
import { planStoryboard } from '../../src/core/processing/still-plan.ts'
import { someOf } from '../support/cases.ts'
import { ffmpeg } from '../support/ffmpeg.ts'
import { grayOf, jpegSize } from '../support/jpeg.ts'
import { clip, derive } from '../support/media.ts'
import { never, Workbench } from './workbench.ts'

let bench: Workbench
beforeAll(async () => {
  bench = await Workbench.open()
})
afterAll(() => bench[Symbol.asyncDispose]())

interface Made {
  readonly offset: number
  readonly jpeg: Uint8Array
}

const videoOf = async (source: PinnedSource) => {
  const { video, ...media } = await bench.tool.probe(source, never)
  if (!video) throw new Error('a film has video')
  return { ...media, video }
}

interface Wanted {
  readonly shape?: StillShape
  readonly maxSide?: number
  /** Told where all of the film is decoded. */
  readonly onProgress?: () => void
}

const made = async (file: string, offsets: readonly number[], wanted: Wanted = {}) => {
  return madeOf(await bench.put(file), offsets, wanted)
}

const madeOf = async (
  source: PinnedSource,
  offsets: readonly number[],
  { shape = 'source', maxSide = 4096, onProgress = () => undefined }: Wanted = {},
) => {
  const pictures: Made[] = []
  await bench.tool.snapshots(
    source,
    { media: await videoOf(source), offsets, shape, maxSide },
    {
      signal: never,
      onProgress,
      consume: async (offset, jpeg) => void pictures.push({ offset, jpeg }),
    },
  )
  return pictures
}

/** Each frame is as bright as its number says, counted from 0 to 23 and again. */
const COUNTING = "geq=lum='16+mod(N,24)*9':cb=128:cr=128"
const counted = (seconds: number, args: readonly string[], extension = 'mp4'): Promise<string> => {
  const frames = `color=black:s=64x36:r=24000/1001:d=${seconds},format=yuv420p,${COUNTING}`
  return derive(['-f', 'lavfi', '-i', frames, '-c:v', 'libx264', '-bf', '3', '-qp', '5', ...args], extension)
}
/** A film as an HLS packager cuts it, as one source. */
const segmented = async (
  file: string,
  { extension, args }: { readonly extension: string; readonly args: readonly string[] },
): Promise<PinnedSource> => {
  const at = (name: string) => bench.pathOf(`${extension}-${name}`)
  const hls = ['-f', 'hls', '-hls_time', '1', '-hls_segment_filename', at(`%03d.${extension}`), '-hls_list_size', '0']
  const init = ['-hls_fmp4_init_filename', `${extension}-init.mp4`]
  await ffmpeg('-v', 'error', '-i', file, '-c', 'copy', ...hls, ...args, ...init, at('index.m3u8'))
  const names = (await readdir(bench.pathOf(''))).filter((name) => name.startsWith(`${extension}-`))
  const isHeader = (name: string) => name.endsWith('-init.mp4')
  const segments = names.filter((name) => name.endsWith(`.${extension}`)).toSorted()
  const objects = await Promise.all([...names.filter(isHeader), ...segments].map((name) => bench.pin(name)))
  const pieces = objects.map((object) => ({ object, range: { start: 0, end: object.sizeBytes - 1 } }))
  return { pieces, sizeBytes: objects.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) }
}

/** Which of 24 frames in turn. */
const numberIn = async (jpeg: Uint8Array): Promise<number> => Math.round(((await grayOf(jpeg)) * 219) / 255 / 9)
const shownAt = (second: number): number => Math.floor((second * 24_000) / 1001) % 24

describe('the picture of a second', () => {
  // Keyframes every half second make seeking cheaper, and far apart decoding it all.
  const WAYS: readonly [string, string, readonly string[], readonly number[]][] = [
    ['by seeking', 'mp4', ['-g', '12'], [0, 4, 9, 20]],
    ['by seeking to open groups', 'mp4', ['-c:v', 'libx265', '-x265-params', 'keyint=12:qp=5'], [0, 4, 9, 11]],
    ['by decoding it all', 'mp4', ['-g', '600', '-keyint_min', '600'], [0, 1, 2, 3, 4]],
    ['in a container without an index', 'ts', ['-g', '12'], [0, 4, 9, 20]],
    ['by seeking to it from further before', 'mp4', ['-g', '96', '-keyint_min', '96'], [3, 11]],
    ['by seeking in fragments', 'mp4', ['-g', '12', '-movflags', 'frag_keyframe+empty_moov'], [0, 4, 9, 20]],
    ['by seeking in Matroska', 'mkv', ['-g', '12'], [0, 4, 9, 20]],
  ]
  test.each(someOf(WAYS, 4))('is the frame that is shown then: %s', async (way, extension, args, offsets) => {
    let isDecoded = false
    const onProgress = () => {
      isDecoded = true
    }
    const pictures = await made(await counted(12, args, extension), offsets, { onProgress })
    expect(isDecoded).toBe(!way.startsWith('by seeking'))
    const within = offsets.filter((offset) => offset < 12)
    expect(pictures.map(({ offset }) => offset)).toEqual(within)
    const numbers = await Promise.all(pictures.map(({ jpeg }) => numberIn(jpeg)))
    expect(numbers).toEqual(within.map(shownAt))
  })

  test('is the frame that is still shown, where frames stay for seconds', async () => {
    const held = 70
    const file = await counted(12, ['-g', '1', '-vf', `select='not(mod(n,${held}))'`])
    const offsets = [4, 9]
    const numbers = await Promise.all((await made(file, offsets)).map(({ jpeg }) => numberIn(jpeg)))
    const frameAt = (second: number) => Math.floor((second * 24_000) / 1001 / held) * held
    expect(numbers).toEqual(offsets.map((second) => frameAt(second) % 24))
  })

  // Without an index they are decoded from the beginning; the header of the fragments stands before them once.
  const SEGMENTS: readonly [string, string, readonly string[]][] = [
    ['fragmented MP4', 'm4s', ['-hls_segment_type', 'fmp4']],
    ['MPEG-TS', 'ts', ['-hls_segment_type', 'mpegts']],
  ]
  test.each(someOf(SEGMENTS))('is the frame that is shown then: in segments of %s', async (_, extension, args) => {
    const source = await segmented(await counted(6, ['-g', '12']), { extension, args })
    const offsets = [0, 1, 4, 5]
    const pictures = await madeOf(source, offsets)
    expect(pictures.map(({ offset }) => offset)).toEqual(offsets)
    expect(await Promise.all(pictures.map(({ jpeg }) => numberIn(jpeg)))).toEqual(offsets.map(shownAt))
    const { pictures: small } = await bench.tool.storyboard(source, planStoryboard(await videoOf(source)), never)
    expect(small).toBe(3)
  })

  test('is the same at every try', async () => {
    const file = await counted(12, ['-g', '12'])
    const [one, other] = [await made(file, [3, 7]), await made(file, [3, 7])]
    expect(one.map(({ jpeg }) => Buffer.from(jpeg).toString('hex'))).toEqual(
      other.map(({ jpeg }) => Buffer.from(jpeg).toString('hex')),
    )
  })

  test('takes a thousand points', async () => {
    const points = Array.from({ length: 1000 }, (_, n) => (n < 2 ? n : n * 2))
    expect(await made(await clip({ seconds: 2 }), points)).toHaveLength(2)
  })

  test('behind the end is none', async () => {
    expect(await made(await clip({ seconds: 2 }), [3, 500])).toEqual([])
  })
})

describe('a snapshot', () => {
  const sizeOf = async (file: string, wanted: Wanted) => {
    const [first] = await made(file, [0], wanted)
    return first && jpegSize(first.jpeg)
  }
  test('is never larger than the film, nor than its limit', async () => {
    const file = await clip({ seconds: 1 })
    expect(await sizeOf(file, {})).toEqual({ width: 320, height: 180 })
    expect(await sizeOf(file, { maxSide: 160 })).toEqual({ width: 160, height: 90 })
    expect(await sizeOf(file, { maxSide: 1000 })).toEqual({ width: 320, height: 180 })
  })
  test('is upright, has square pixels, and bars instead of another shape', async () => {
    const turned = await derive(['-display_rotation', '90', '-i', await clip({ seconds: 1 }), '-c', 'copy'], 'mp4')
    expect(await sizeOf(turned, {})).toEqual({ width: 180, height: 320 })
    const [barred] = await made(turned, [0], { shape: '16:9', maxSide: 320 })
    expect(jpegSize(barred?.jpeg ?? Buffer.alloc(0))).toEqual({ width: 320, height: 180 })
    expect(await grayOf(barred?.jpeg ?? Buffer.alloc(0), 'crop=90:180:0:0')).toBe(0)
    expect(await grayOf(barred?.jpeg ?? Buffer.alloc(0), 'crop=80:160:120:10')).toBeGreaterThan(10)
  })
})

describe('a storyboard', () => {
  const numberOn = async (sheet: Uint8Array, column: number) =>
    Math.round(((await grayOf(sheet, `crop=32:18:${column * 64 + 16}:9`)) * 219) / 255 / 9)

  test.each([
    ['read once from beginning to end', 0],
    ['that is so large that only places of it are read', 64 << 20],
  ])('shows the keyframe at or before each of its seconds: a film %s', async (_, sizeBytes) => {
    const file = await counted(12, ['-g', '12'])
    let source = await bench.put(file)
    const plan = planStoryboard(await videoOf(source))
    expect(plan).toMatchObject({ spacingSeconds: 2, pictures: 7, picture: { width: 64, height: 36 } })
    if (sizeBytes > 0) {
      // Sparse: the index is where it was, and what follows the media is nothing.
      await truncate(bench.pathOf(source.key), sizeBytes)
      source = await bench.pin(source.key)
    }
    const { sheets, pictures } = await bench.tool.storyboard(source, plan, never)
    expect(sheets).toHaveLength(1)
    // Behind the last keyframe there may be one more or not.
    expect([6, 7]).toContain(pictures)
    const [sheet = Buffer.alloc(0)] = sheets
    expect(jpegSize(sheet)).toEqual({ width: 320, height: 180 })
    // A keyframe every 12 frames: before 2 s it is the 36th, before 4 s the 84th, before 6 s the 132nd.
    expect(await Promise.all([0, 1, 2, 3].map((column) => numberOn(sheet, column)))).toEqual([0, 12, 12, 12])
  })

  test('of what cannot be decoded fails for good', async () => {
    const plan = planStoryboard(await videoOf(await bench.put(await clip({ seconds: 1 }))))
    const source = await bench.putBytes('nothing.mp4', 'no film')
    await expect(bench.tool.storyboard(source, plan, never)).rejects.toMatchObject({ permanent: true })
  })
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { planEncode } from '../../src/core/processing/ladder.ts'
import { SYSTEM_SETTINGS } from '../../src/core/templates/system-groups.ts'
import { clip, derive } from '../support/media.ts'
import { joined, never, Workbench } from './workbench.ts'

let bench: Workbench
beforeAll(async () => {
  bench = await Workbench.open()
})
afterAll(() => bench[Symbol.asyncDispose]())

/** Size from the frame header of a JPEG. */
const jpegSize = (jpeg: Uint8Array): { readonly width: number; readonly height: number } => {
  const bytes = Buffer.from(jpeg)
  expect(bytes.readUInt16BE(0)).toBe(0xffd8)
  const frame = bytes.indexOf(Buffer.from([0xff, 0xc0, 0x00, 0x11]))
  return { height: bytes.readUInt16BE(frame + 5), width: bytes.readUInt16BE(frame + 7) }
}

const cover = async (file: string) => {
  const source = await bench.put(file)
  return jpegSize(await bench.tool.firstFrame(source, await bench.tool.probe(source, never), never))
}

describe('the first frame', () => {
  test('is upright and has square pixels', async () => {
    const turned = await derive(['-display_rotation', '90', '-i', await clip({ seconds: 1 }), '-c', 'copy'], 'mp4')
    expect(await cover(turned)).toEqual({ width: 180, height: 320 })
    const wide = ['-vf', 'scale=180:144,setsar=64/45', '-c:v', 'libx264', '-preset', 'ultrafast', '-an']
    expect(await cover(await clip({ seconds: 1, args: wide }))).toEqual({ width: 256, height: 144 })
  })

  test('of a song is its picture', async () => {
    const song = await clip({ seconds: 1, args: ['-vn', '-c:a', 'libmp3lame', '-ac', '2'], extension: 'mp3' })
    const png = await clip({ seconds: 1, args: ['-frames:v', '1', '-vf', 'scale=2400:1600'], extension: 'png' })
    const inputs = ['-i', song, '-i', png, '-map', '0:a', '-map', '1:v']
    expect(await cover(await derive([...inputs, '-c', 'copy', '-disposition:v', 'attached_pic'], 'mp3'))).toEqual({
      ...{ width: 1920, height: 1280 },
    })
  })

  test('of sound alone is refused', async () => {
    const song = await clip({ seconds: 1, args: ['-vn', '-c:a', 'flac'], extension: 'flac' })
    await expect(cover(song)).rejects.toMatchObject({ reason: 'there is no picture in it', permanent: true })
  })
})

describe('a check by decoding', () => {
  let video: Buffer
  let audio: Buffer
  beforeAll(async () => {
    const encoded = await bench.encode(await clip({ seconds: 2 }))
    video = encoded.videos[0] ?? Buffer.alloc(0)
    audio = encoded.audio ?? Buffer.alloc(0)
  })

  test('counts frames and samples, also of pieces', async () => {
    expect(await bench.tool.decode([video.subarray(0, 1000), video.subarray(1000)], never)).toBe(48)
    expect((await bench.tool.decode([audio], never)) % 1024).toBe(0)
  })

  test('fails on damage', async () => {
    const damaged = Buffer.from(video)
    damaged.fill(0x55, damaged.length - 6000, damaged.length - 1000)
    await expect(bench.tool.decode([damaged], never)).rejects.toMatchObject({ name: 'MediaFailure', permanent: true })
    await expect(bench.tool.decode([Buffer.from('nothing of the kind')], never)).rejects.toMatchObject({
      name: 'MediaFailure',
    })
  })

  test('ends with its signal', async () => {
    const reason = new Error('enough')
    await expect(bench.tool.decode([video], AbortSignal.abort(reason))).rejects.toBe(reason)
  })
})

test('progress is told in time of the source and never goes back', async () => {
  const source = await bench.put(await clip({ seconds: 3 }))
  const media = await bench.tool.probe(source, never)
  const positions: number[] = []
  await bench.tool.encode(source, planEncode(media, { ...SYSTEM_SETTINGS, segmentSeconds: 1 }), {
    signal: never,
    onProgress: (positionMs) => positions.push(positionMs),
    consume: async (_, bytes) => void (await joined(bytes)),
  })
  expect(positions.length).toBeGreaterThan(0)
  expect(positions).toEqual(positions.toSorted((a, b) => a - b))
  expect(positions.at(-1)).toBeLessThanOrEqual(media.durationMs + 100)
})

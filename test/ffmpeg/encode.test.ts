import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readVersion } from '../../src/adapters/ffmpeg/capabilities.ts'
import type { EncodePlan } from '../../src/core/processing/encode-plan.ts'
import { someOf } from '../support/cases.ts'
import { ffmpegPath } from '../support/ffmpeg.ts'
import { clip, derive } from '../support/media.ts'
import { onsets, packetTimes } from './measured.ts'
import { type Encoded, never, Workbench } from './workbench.ts'

let bench: Workbench
beforeAll(async () => {
  bench = await Workbench.open()
})
afterAll(() => bench[Symbol.asyncDispose]())

/** What a player will see of a finished rung. */
const shown = async (encoded: Encoded, rung: number) => {
  const bytes = encoded.videos[rung] ?? Buffer.alloc(0)
  const media = await bench.tool.probe(await bench.putBytes(`rung-${rung}.mp4`, bytes), never)
  return media.video
}

const frames = (encoded: Encoded, rung = 0) => bench.tool.decode([encoded.videos[rung] ?? Buffer.alloc(0)], never)

const X265 = ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=error', '-tag:v', 'hvc1', '-an']
const ultrafast = ['-c:v', 'libx264', '-preset', 'ultrafast', '-an']

describe('an encode gives', () => {
  test('every rung and the sound, from one decode, with the frames of the source and keyframes on the grid', async () => {
    const codec = ['-c:v', 'libx264', '-preset', 'ultrafast']
    const encoded = await bench.encode(await clip({ seconds: 2, args: ['-vf', 'scale=854:480', ...codec] }))
    expect(encoded.plan.rungs.map((rung) => rung.quality)).toEqual(['SD', 'FLUENT'])
    expect(encoded.report).toMatchObject({ frames: 48, complaints: [] })
    expect(await Promise.all([frames(encoded, 0), frames(encoded, 1)])).toEqual([48, 48])
    for (const video of encoded.videos) {
      const keyframes = (await packetTimes(video)).filter((packet) => packet.isKey).map((packet) => packet.seconds)
      for (const grid of [0, 1]) expect(keyframes.some((time) => Math.abs(time - grid) < 1e-4)).toBe(true)
    }
    const samples = await bench.tool.decode([encoded.audio ?? Buffer.alloc(0)], never)
    expect(samples % 1024).toBe(0)
    expect(samples / 48_000).toBeGreaterThan(1.98)
    expect(samples / 48_000).toBeLessThan(2.15)
  })

  test('an upright picture of a turned source', async () => {
    const turned = await derive(['-display_rotation', '90', '-i', await clip({ seconds: 1 }), '-c', 'copy'], 'mp4')
    const encoded = await bench.encode(turned)
    expect(await shown(encoded, 0)).toMatchObject({ rotation: 0, width: 180, height: 320 })
  })

  test('even sizes and square pixels', async () => {
    const odd = await clip({ seconds: 1, args: ['-vf', 'scale=161:121,setsar=1,format=yuv444p', ...ultrafast] })
    expect(await shown(await bench.encode(odd), 0)).toMatchObject({ width: 160, height: 120, anamorphic: false })
    const wide = await clip({ seconds: 1, args: ['-vf', 'scale=180:144,setsar=64/45', ...ultrafast] })
    expect(await shown(await bench.encode(wide), 0)).toMatchObject({ width: 256, height: 144, anamorphic: false })
  })

  test('progressive frames of an interlaced source, as many as it has', async () => {
    const interlaced = ['-vf', 'scale=320:240,tinterlace=4', '-c:v', 'mpeg2video', '-flags', '+ildct+ilme', '-an']
    const encoded = await bench.encode(await clip({ seconds: 2, args: interlaced, extension: 'mpg' }))
    expect(await shown(encoded, 0)).toMatchObject({ interlaced: false, pixelFormat: 'yuv420p' })
    expect(await frames(encoded)).toBeGreaterThanOrEqual(23)
    expect(await frames(encoded)).toBeLessThanOrEqual(25)
  })

  test('SDR of an HDR source', async () => {
    const tags = ['-color_trc', 'smpte2084', '-color_primaries', 'bt2020', '-colorspace', 'bt2020nc']
    const hdr = await clip({ seconds: 1, args: ['-vf', 'scale=320:180,format=yuv420p10le', ...tags, ...X265] })
    expect(await shown(await bench.encode(hdr), 0)).toMatchObject({ hdr: false, pixelFormat: 'yuv420p' })
  })

  const MATRICES: readonly [string, string, number][] = [
    ['h264', 'reserved', 3],
    ['h264', 'BT.2020 with constant luminance', 10],
    ['hevc', 'derived from the primaries', 12],
  ]
  test.each(someOf(MATRICES))('%s whose colour matrix is %s, with every frame', async (codec, _, matrix) => {
    const tagged = ['-c', 'copy', '-bsf:v', `${codec}_metadata=matrix_coefficients=${matrix}`]
    const args = codec === 'hevc' ? X265 : ['-vf', 'scale=864:486', '-c:v', 'libx264', '-preset', 'ultrafast', '-an']
    const encoded = await bench.encode(await derive(['-i', await clip({ seconds: 1, args }), ...tagged], 'mp4'))
    expect(await frames(encoded)).toBe(24)
  })

  test('a plain reason for colours that cannot be converted', async () => {
    const tagged = ['-c', 'copy', '-bsf:v', 'h264_metadata=matrix_coefficients=8']
    const outcome = await bench
      .encode(await derive(['-i', await clip({ seconds: 1 }), ...tagged], 'mp4'))
      .catch((error: unknown) => error)
    const refused = { reason: 'its colours are in a form that cannot be converted', permanent: true }
    // FFmpeg before 7 takes them as they come.
    const { filtersInputs } = await readVersion(await ffmpegPath())
    expect(outcome).toMatchObject(filtersInputs ? refused : { report: { frames: 24 } })
  })

  test('the times of a variable rate as they are, no frame closer than the cap', async () => {
    const rate = ['-vf', "scale=64:36,fps=120,select='lt(n,60)+not(mod(n,30))'", '-fps_mode', 'vfr', ...ultrafast]
    const source = await clip({ seconds: 3, args: rate })
    const encoded = await bench.encode(source)
    const packets = await packetTimes(encoded.videos[0] ?? Buffer.alloc(0))
    expect(packets.every((packet) => packet.decodeSeconds <= packet.seconds + 1e-6)).toBe(true)
    const times = packets.map((packet) => packet.seconds).toSorted((a, b) => a - b)
    const gaps = times.slice(1).map((time, n) => time - (times[n] ?? 0))
    expect(Math.min(...gaps)).toBeGreaterThan(1 / 61)
    expect(times.some((time) => Math.abs(time - 2.25) < 0.001)).toBe(true)
  })

  test('sound alone, and a picture alone', async () => {
    const song = await bench.encode(
      await clip({ seconds: 1, args: ['-vn', '-c:a', 'flac', '-ac', '1'], extension: 'flac' }),
    )
    expect(song.videos).toEqual([])
    expect(song.plan.sounds[0]?.channels).toBe(1)
    expect(await bench.tool.decode([song.audio ?? Buffer.alloc(0)], never)).toBeGreaterThan(48_000)
    const silent = await bench.encode(await clip({ seconds: 1, args: ['-vf', 'scale=64:36', ...ultrafast] }))
    expect(silent.audio).toBeUndefined()
    expect(await frames(silent)).toBe(24)
  })
})

describe('picture and sound stay together', () => {
  /** A flash and a beep at one second, one of the two streams moved. */
  const scene = async (late: 'v' | 'a', seconds: number, extension: string): Promise<string> => {
    const flash = "color=black:s=160x90:r=25:d=2,drawbox=color=white:t=fill:enable='between(t,1,1.2)'"
    const beep = "aevalsrc='if(between(t,1,1.2),sin(2*PI*1000*t),0)':s=48000:d=2"
    const codecs = ['-c:v', 'libx264', '-preset', 'veryfast', '-c:a', 'aac']
    const both = await derive(['-f', 'lavfi', '-i', flash, '-f', 'lavfi', '-i', beep, ...codecs], 'mp4')
    const maps = late === 'v' ? ['-map', '1:v', '-map', '0:a'] : ['-map', '0:v', '-map', '1:a']
    return derive(['-i', both, '-itsoffset', String(seconds), '-i', both, ...maps, '-c', 'copy'], extension)
  }
  const beepAfterFlash = async (file: string, change?: (plan: EncodePlan) => EncodePlan): Promise<number> => {
    const encoded = await bench.encode(file, change)
    const { flash, beep } = await onsets(encoded.videos[0] ?? Buffer.alloc(0), encoded.audio ?? Buffer.alloc(0))
    return beep - flash
  }
  const variable = (plan: EncodePlan): EncodePlan => {
    const { video } = plan.media
    return video ? { ...plan, media: { ...plan.media, video: { ...video, variableFrameRate: true } } } : plan
  }
  /** One frame of 25 a second, which is what a shift to whole frames may cost. */
  const FRAME = 0.045

  test('when both begin at once', async () => {
    expect(Math.abs(await beepAfterFlash(await scene('a', 0, 'mp4')))).toBeLessThan(FRAME)
  })

  test('when the sound begins half a second late', async () => {
    const difference = (await beepAfterFlash(await scene('a', 0.5, 'mp4'))) - 0.5
    expect(Math.abs(difference)).toBeLessThan(FRAME)
  })

  test('when the picture begins a fifth of a second late, at a constant and at a variable rate', async () => {
    const file = await scene('v', 0.2, 'ts')
    expect(Math.abs((await beepAfterFlash(file)) + 0.2)).toBeLessThan(FRAME)
    expect(Math.abs((await beepAfterFlash(file, variable)) + 0.2)).toBeLessThan(FRAME)
  })
})

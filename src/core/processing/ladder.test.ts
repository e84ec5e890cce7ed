import { describe, expect, test } from 'vitest'
import type { SourceMedia, SourceVideo } from '../catalog/media.ts'
import type { VideoSettings } from '../catalog/transcode-settings.ts'
import { ADAPTIVE_SETTINGS, SYSTEM_SETTINGS } from '../templates/system-groups.ts'
import { planEncode } from './ladder.ts'

const video = (width: number, height: number, more: Partial<SourceVideo> = {}): SourceVideo => ({
  stream: 0,
  codec: 'h264',
  width,
  height,
  codedWidth: width,
  codedHeight: height,
  anamorphic: false,
  rotation: 0,
  frameRate: 25,
  variableFrameRate: false,
  interlaced: false,
  hdr: false,
  pixelFormat: 'yuv420p',
  ...more,
})

const media = (more: Partial<SourceMedia>): SourceMedia => ({
  container: 'mov,mp4,m4a,3gp,3g2,mj2',
  durationMs: 10_000,
  bitRateKbps: 6000,
  audioStreams: 0,
  ...more,
})

const CODECS = { videoCodec: 'h264', audioCodec: 'aac' } as const

const ladder = (width: number, height: number) =>
  planEncode(media({ video: video(width, height) }), SYSTEM_SETTINGS).rungs.map(
    (rung) => `${rung.quality} ${rung.width}x${rung.height}@${rung.bitrateKbps} ${rung.effort}`,
  )

const sizes = (width: number, height: number) =>
  planEncode(media({ video: video(width, height) }), SYSTEM_SETTINGS).rungs.map(
    (rung) => `${rung.width}x${rung.height}`,
  )

describe('the ladder', () => {
  test('gives a 4K source the four rungs of the system template', () => {
    expect(ladder(3840, 2160)).toEqual([
      'FULL_HD 1920x1080@3000 turbo',
      'HD 1280x720@1000 turbo',
      'SD 854x480@600 veryfast',
      'FLUENT 480x270@300 veryfast',
    ])
  })

  test('never goes above the source', () => {
    expect(sizes(1280, 720)).toEqual(['1280x720', '854x480', '480x270'])
    expect(sizes(1278, 718)).toEqual(['854x480', '480x270'])
  })

  test('takes a rung that the source reaches in one dimension and keeps the shape inside its box', () => {
    expect(sizes(1920, 800)).toEqual(['1920x800', '1280x534', '854x356', '480x200'])
    expect(sizes(1440, 1080)).toEqual(['1440x1080', '960x720', '640x480', '360x270'])
  })

  test('of the adaptive template is topped by the size of the source, under the name of that size where it has one', () => {
    const adaptive = (width: number, height: number) =>
      planEncode(media({ video: video(width, height) }), ADAPTIVE_SETTINGS).rungs.map(
        (rung) => `${rung.quality} ${rung.width}x${rung.height}@${rung.bitrateKbps}`,
      )
    expect(adaptive(2560, 1440).slice(0, 2)).toEqual(['AD 2560x1440@7000', 'FULL_HD 1920x1080@3000'])
    expect(adaptive(1280, 720)[0]).toBe('HD 1280x720@1000')
    expect(adaptive(1000, 600)).toEqual(['AD 1000x600@600', 'SD 800x480@600', 'FLUENT 450x270@300'])
    expect(adaptive(320, 180)).toEqual(['AD 320x180@133'])
  })

  test('turns the boxes for a portrait source', () => {
    expect(sizes(1080, 1920)).toEqual(['1080x1920', '720x1280', '480x854', '270x480'])
  })

  test('caps the long side of an extreme shape', () => {
    expect(sizes(16, 4000)).toEqual(['8x1920', '6x1280', '4x854', '2x480'])
  })

  test('gives a source below all rungs one of its own even size, with a bitrate in proportion', () => {
    expect(ladder(161, 121)).toEqual(['FLUENT 160x120@50 veryfast'])
    expect(ladder(426, 240)).toEqual(['FLUENT 426x240@237 veryfast'])
    expect(sizes(1, 1)).toEqual(['2x2'])
  })
})

describe('the frame rate', () => {
  const rate = (more: Partial<SourceVideo>) =>
    planEncode(media({ video: video(640, 360, more) }), SYSTEM_SETTINGS).rungs[0]?.frameRate

  test('is the source rate up to 60, and above an even part of it', () => {
    expect(rate({ frameRate: 30_000 / 1001 })).toBe(30_000 / 1001)
    expect([60.5, 90, 120, 144].map((frameRate) => rate({ frameRate }))).toEqual([60.5, 45, 60, 48])
  })

  test('is 25 where the source has none that makes sense', () => {
    expect(rate({ frameRate: 0 })).toBe(25)
    expect(rate({ frameRate: Number.NaN })).toBe(25)
  })

  test('is only the cap for a variable rate', () => {
    expect(rate({ frameRate: 7.2, variableFrameRate: true })).toBe(60)
  })
})

describe('the outputs of a custom group', () => {
  const output = (width: number, height: number, more: Partial<VideoSettings> = {}): VideoSettings => ({
    ...{ quality: 'UNKNOW', width, height, bitrateKbps: 0, frameRate: 0 },
    ...more,
  })
  const plan = (outputs: readonly VideoSettings[], source: SourceVideo) =>
    planEncode(media({ video: source }), {
      ...CODECS,
      outputs: outputs.map((video) => ({ format: 'HLS', video })),
      segmentSeconds: 5,
    })
  const made = (outputs: readonly VideoSettings[], source = video(1920, 1080)) =>
    plan(outputs, source).rungs.map(({ width, height, bitrateKbps }) => `${width}x${height}@${bitrateKbps}`)

  test('are made largest first, however they are listed, because each is scaled from the one before', () => {
    expect(made([output(480, 270), output(0, 720, { bitrateKbps: 900 }), output(0, 0)])).toEqual([
      '1920x1080@3000',
      '1280x720@900',
      '480x270@300',
    ])
  })

  test('follow the source where a side is 0', () => {
    expect(made([output(640, 0), output(0, 180)], video(1440, 1080))).toEqual(['640x480@600', '240x180@100'])
  })

  test('have the bitrate that is usual for the picture, not for the box that it fits into', () => {
    expect(made([output(3840, 32)], video(320, 180))).toEqual(['56x32@50'])
    expect(made([output(0, 0)], video(3840, 32))).toEqual(['3840x32@300'])
    expect(made([output(1920, 1080), output(854, 480)], video(1920, 800))).toEqual(['1920x800@3000', '854x356@600'])
    expect(made([output(1920, 1080)], video(2160, 3840))).toEqual(['1080x1920@3000'])
  })

  test('that come to the same picture are one; of another rate they are two', () => {
    expect(made([output(640, 360), output(0, 360), output(640, 0, { bitrateKbps: 900 })])).toEqual([
      '640x360@900',
      '640x360@300',
    ])
  })

  test('never have more frames than the source, and no cap but the one that was asked for', () => {
    const frames = (source: Partial<SourceVideo>, frameRate: number) => {
      const [rung] = plan([output(0, 0, { frameRate })], video(640, 360, source)).rungs
      return `${rung?.frames.keep} ${rung?.frameRate}`
    }
    expect(frames({ frameRate: 25 }, 12)).toBe('rate 12')
    expect([0, 1].map((rate) => frames({ frameRate: 25 }, rate))).toEqual(['all 25', 'all 25'])
    expect(frames({ frameRate: 25 }, 30)).toBe('all 25')
    expect(frames({ frameRate: 75 }, 75)).toBe('all 75')
    expect(frames({ frameRate: 7, variableFrameRate: true }, 12)).toBe('spaced 12')
    expect(frames({ frameRate: 7, variableFrameRate: true }, 100)).toBe('spaced 60')
  })
})

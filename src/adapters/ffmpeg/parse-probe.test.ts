import { describe, expect, test } from 'vitest'
import { frameRateOf, needsMeasuring } from './frame-rate.ts'
import { hasAudioFrame, parseFrames } from './parse-frames.ts'
import { type ProbedVideo, parseProbe } from './parse-probe.ts'

const PHONE = `Input #0, mov,mp4,m4a,3gp,3g2,mj2, from 'http://127.0.0.1:1/src/0':
  Metadata:
    title           : a film
                    : Stream #0:7: Video: h264, yuv420p, 16x16, 1 fps, 1 tbr
  Duration: 01:02:03.11, start: 0.000000, bitrate: 4842 kb/s
  Stream #0:0[0x1](und): Video: hevc (Main 10) (hvc1 / 0x31637668), yuv420p10le(tv, bt2020nc/bt2020/arib-std-b67), 1280x720, 2690 kb/s, 30 fps, 30 tbr, 600 tbn (default)
      Metadata:
        handler_name    : Core Media Video
        comment         : displaymatrix: rotation of 180.00 degrees
      Side data:
        DOVI configuration record: version: 1.0, profile: 8, level: 2, rpu flag: 1, el flag: 0, bl flag: 1, compatibility id: 4
        displaymatrix: rotation of -90.00 degrees
  Stream #0:1[0x2](und): Audio: aac (LC) (mp4a / 0x6134706D), 44100 Hz, stereo, fltp, 131 kb/s (default)
  Stream #0:2[0x3](und): Data: none (mebx / 0x7862656D), 0 kb/s (default)
At least one output file must be specified
`

const OLD_SHOW = `Input #0, mpeg, from 'x':
  Duration: 00:00:02.02, start: 0.529978, bitrate: 3811 kb/s
  Stream #0:0[0x1e0]: Video: mpeg2video (4:2:2), yuv422p(tv, top first), 720x576 [SAR 64:45 DAR 16:9], 25 fps, 25 tbr, 90k tbn
      Side data:
        cpb: bitrate max/min/avg: 0/0/0 buffer size: 704512 vbv_delay: N/A
  Stream #0:1[0x1c0]: Audio: dts (dca) (DTS), 48000 Hz, 5.1(side), fltp, 768 kb/s
`

const SONG = `[mp3 @ 0x564c25f1fa80] Estimating duration from bitrate, this may be inaccurate
Input #0, mp3, from 'x':
  Duration: 00:00:02.70, start: 0.000000, bitrate: 231 kb/s
  Stream #0:0: Audio: mp3 (mp3float), 48000 Hz, stereo, fltp, 113 kb/s
  Stream #0:1: Video: mjpeg (Progressive), yuvj420p(pc, bt470bg/unknown/unknown), 1400x1400 [SAR 1:1 DAR 1:1], 90k tbr, 90k tbn (attached pic)
`

const videoOf = (text: string): ProbedVideo => {
  const found = parseProbe(text)?.streams.find((stream) => stream.type === 'video')
  if (found?.type !== 'video') throw new Error('no video stream was found')
  return found
}

const streamLine = (rest: string): ProbedVideo =>
  videoOf(`Input #0, x, from 'y':\n  Duration: N/A, bitrate: N/A\n  Stream #0:0: Video: ${rest}\n`)

describe('the text of ffmpeg -i', () => {
  test('gives container, duration and every stream in order', () => {
    const input = parseProbe(PHONE)
    expect(input?.container).toBe('mov,mp4,m4a,3gp,3g2,mj2')
    expect(input?.durationMs).toBe(3_723_110)
    expect(input?.streams.map(({ type, index }) => `${index} ${type}`)).toEqual(['0 video', '1 audio', '2 other'])
  })

  test('gives rotation with the clock, from side data and never from a tag', () => {
    expect(videoOf(PHONE)).toMatchObject({ rotation: 90, width: 1280, height: 720, hdr: true, codec: 'hevc' })
  })

  test('gives interlacing, sample aspect and channels', () => {
    expect(videoOf(OLD_SHOW)).toMatchObject({ interlaced: true, anamorphic: true, averageRate: 25 })
    expect(parseProbe(OLD_SHOW)?.streams[1]).toMatchObject({ codec: 'dts', channels: 6, sampleRate: 48_000 })
  })

  test.each([
    ['yuv420p(tv, bt709, progressive)', undefined],
    ['yuv420p(tv, bt709/reserved/reserved, progressive)', undefined],
    ['yuv420p(tv, reserved, progressive)', 'reserved'],
    ['yuv444p10le(tv, ycgco/unknown/unknown)', 'ycgco'],
    ['yuv420p(bt2020c/bt2020/linear, progressive)', 'bt2020c'],
  ])('names the matrix of %s only where it is strange', (pixels, matrix) => {
    expect(streamLine(`h264 (High), ${pixels}, 640x480, 10 fps`).strangeMatrix).toBe(matrix)
  })

  test('knows cover art and guessed durations', () => {
    expect(videoOf(SONG).attachedPicture).toBe(true)
    expect(parseProbe(SONG)?.durationEstimated).toBe(true)
  })

  test('lets the aspect of the container win over that of the codec', () => {
    const line =
      'h263 (s263 / 0x33), yuv420p(progressive), 176x144 [SAR 12:11 DAR 4:3], 400 kb/s, SAR 1:1 DAR 11:9, 15 fps, 15 tbr'
    expect(streamLine(line).anamorphic).toBe(false)
  })

  test('has no size for a stream without frames and no duration where there is none', () => {
    expect(streamLine('h264 (avc1 / 0x31637661), none, 30 fps, 30 tbr')).toMatchObject({
      width: 0,
      pixelFormat: 'none',
    })
    expect(parseProbe("Input #0, x, from 'y':\n  Duration: N/A, bitrate: N/A\n")?.durationMs).toBeUndefined()
  })

  test('is nothing when FFmpeg refused the input', () => {
    expect(parseProbe('[in#0] Error opening input: Invalid data found when processing input')).toBeUndefined()
  })

  test.each([
    ['mono', 1],
    ['stereo', 2],
    ['5.1(side)', 6],
    ['7.1.4', 12],
    ['3 channels (FL+FR+LFE)', 3],
    ['quad(side)', 4],
  ])('counts the channels of %s', (layout, channels) => {
    const text = `Input #0, x, from 'y':\n  Stream #0:0: Audio: aac, 48000 Hz, ${layout}, fltp\n`
    expect(parseProbe(text)?.streams[0]).toMatchObject({ channels })
  })
})

const showinfo = (n: number, seconds: number, more = 'fmt:yuv420p cl:left sar:1/1 s:1080x720 i:P') =>
  `[Parsed_showinfo_0 @ 0x7f9b80001cc0] n:   ${n} pts:      ${n} pts_time:${seconds}   duration: 1 duration_time:0.001 ${more} iskey:0 type:B `

describe('the text of showinfo', () => {
  test('gives what the decoder really made', () => {
    const text = [
      showinfo(0, 0, 'fmt:yuv420p10le cl:left sar:64/45 s:720x576 i:T'),
      '[Parsed_showinfo_0 @ 0x7f] color_range:tv color_space:bt2020nc color_primaries:bt2020 color_trc:smpte2084',
    ].join('\n')
    expect(parseFrames(text)).toEqual({
      ...{ width: 720, height: 576, sampleAspect: 64 / 45, pixelFormat: 'yuv420p10le' },
      ...{ interlaced: true, hdr: true, times: [0] },
    })
  })

  test('takes an absurd or unknown sample aspect for 1', () => {
    expect(parseFrames(showinfo(0, 0, 'fmt:gray cl:left sar:0/1 s:4x4 i:P'))?.sampleAspect).toBe(1)
    expect(parseFrames(showinfo(0, 0, 'fmt:gray cl:left sar:900/1 s:4x4 i:P'))?.sampleAspect).toBe(1)
  })

  test('is nothing without a frame', () => {
    expect(parseFrames('[vp9 @ 0x55] Invalid sync code')).toBeUndefined()
    expect(hasAudioFrame('[vp9 @ 0x55] Invalid sync code')).toBe(false)
    expect(hasAudioFrame('[Parsed_ashowinfo_0 @ 0x55] n:0 pts:-1024 pts_time:-0.02')).toBe(true)
  })
})

describe('the frame rate', () => {
  const rate = (rates: string, times: readonly number[] = []) =>
    frameRateOf(streamLine(`h264, yuv420p, 64x64, ${rates}`), times)

  test('of NTSC is what 29.97 stands for', () => {
    expect(rate('29.97 fps, 29.97 tbr')).toEqual({ frameRate: 30_000 / 1001, variable: false })
  })

  test('is variable where average and base differ, and where it is no usual rate', () => {
    expect(rate('7.20 fps, 57600 tbr').variable).toBe(true)
    expect(rate('27.52 fps, 30 tbr').variable).toBe(true)
    expect(rate('23.33 fps, 23.33 tbr').variable).toBe(true)
  })

  test('of an interlaced stream may be given as fields', () => {
    const video = { ...streamLine('h264, yuv420p(top first), 64x64, 25 fps, 50 tbr') }
    expect(frameRateOf(video, [])).toEqual({ frameRate: 25, variable: false })
  })

  test('is measured where the header counts milliseconds', () => {
    expect(needsMeasuring(streamLine('h264, yuv420p, 64x64, 1k fps, 60 tbr'))).toBe(true)
    expect(rate('1k fps, 60 tbr', [0, 0.033, 0.067, 0.1, 0.133])).toMatchObject({ variable: false })
    expect(rate('1k fps, 60 tbr', [0, 0.033, 0.067, 0.2, 0.233])).toMatchObject({ variable: true })
    expect(rate('1k fps, 60 tbr', [])).toEqual({ frameRate: 25, variable: true })
  })
})

test.each([
  ['yuv420p(tv, bt709, progressive)', 'bt709'],
  ['yuv420p10le(tv, bt2020nc/bt2020/smpte2084)', 'bt2020nc'],
  ['yuvj420p(pc, bt470bg/unknown/unknown)', 'bt470bg'],
  ['yuv420p(progressive)', undefined],
  ['yuv420p(tv, unknown/bt709/bt709)', undefined],
])('the matrix of %s is %s', (pixels, matrix) => {
  const line = `  Stream #0:0: Video: h264 (High), ${pixels}, 320x180, 24 fps, 24 tbr, 90k tbn`
  const [video] =
    parseProbe(`Input #0, mov, from 'x':\n  Duration: 00:00:01.00, start: 0.000000, bitrate: 1 kb/s\n${line}\n`)
      ?.streams ?? []
  expect(video?.type === 'video' ? video.matrix : 'no video').toBe(matrix)
})

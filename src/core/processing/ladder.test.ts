import { describe, expect, test } from 'vitest'
import type { SourceMedia, SourceVideo } from '../catalog/media.ts'
import type { TranscodeSettings, VideoSettings } from '../catalog/transcode-settings.ts'
import { ADAPTIVE_SETTINGS, SYSTEM_SETTINGS } from '../templates/system-groups.ts'
import type { EncodePlan } from './encode-plan.ts'
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

  test('have no sound where none is wanted', () => {
    const audio = { stream: 1, codec: 'aac', channels: 2, sampleRate: 48_000 }
    const settings = { ...CODECS, outputs: [{ format: 'HLS', video: output(0, 0) } as const], segmentSeconds: 5 }
    expect(planEncode(media({ video: video(640, 360), audio }), settings).sounds).toEqual([])
  })
})

describe('the audio', () => {
  const audio = (channels: number, sampleRate: number) =>
    planEncode(media({ audioStreams: 1, audio: { stream: 0, codec: 'aac', channels, sampleRate } }), SYSTEM_SETTINGS)

  test('is stereo, or mono where the source is', () => {
    expect(audio(6, 48_000).sounds).toEqual([{ codec: 'aac', bitrateKbps: 128, channels: 2, sampleRate: 48_000 }])
    expect(audio(1, 48_000).sounds[0]?.channels).toBe(1)
  })

  test('keeps the family of the sample rate', () => {
    expect([8000, 22_050, 44_100, 88_200, 96_000].map((rate) => audio(2, rate).sounds[0]?.sampleRate)).toEqual([
      48_000, 44_100, 44_100, 44_100, 48_000,
    ])
  })

  test('may be all there is', () => {
    expect(audio(2, 44_100).rungs).toEqual([])
  })

  test('may be missing', () => {
    expect(planEncode(media({ video: video(640, 360) }), SYSTEM_SETTINGS).sounds).toEqual([])
  })
})

describe('formats and codecs', () => {
  const picture = { quality: 'HD', width: 1280, height: 720, bitrateKbps: 0, frameRate: 0 } as const
  const small = { ...picture, width: 480, height: 270 } as const
  const sound = { sampleRate: 0, channels: 2, bitrateKbps: 0 } as const
  const both = { video: picture, audio: sound }
  const film = media({
    ...{ video: video(1280, 720), audioStreams: 1 },
    audio: { stream: 1, codec: 'aac', channels: 2, sampleRate: 96_000 },
  })
  const plan = (outputs: TranscodeSettings['outputs'], more: Partial<TranscodeSettings> = {}, source = film) =>
    planEncode(source, { ...CODECS, outputs, segmentSeconds: 5, ...more })
  const packing = ({ outputs, rungs, sounds }: EncodePlan) =>
    outputs.map(({ format, rung = -1, sound = -1 }) =>
      [format, rungs[rung]?.width, sounds[sound]?.bitrateKbps].filter((part) => part !== undefined).join(' '),
    )
  const packed = (outputs: TranscodeSettings['outputs'], source = film) => packing(plan(outputs, {}, source))

  test('one encode serves all formats of the same picture', () => {
    expect(
      packed([
        { format: 'MP4', ...both },
        { format: 'DASH_HLS', ...both },
      ]),
    ).toEqual(['HLS 1280 128', 'DASH 1280 128', 'MP4 1280 128'])
    expect(
      packed([
        { format: 'MP4', video: small },
        { format: 'HLS', ...both },
      ]),
    ).toEqual(['HLS 1280 128', 'MP4 480'])
  })

  test('every format has an output, also where the source is smaller than all that it asks for', () => {
    const tiny = media({ video: video(640, 360) })
    expect(
      packed(
        [
          { format: 'HLS', video: picture },
          { format: 'MP4', video: small },
        ],
        tiny,
      ),
    ).toEqual(['HLS 640', 'MP4 480'])
  })

  test('sound stands alone in the formats that want no picture, and in all of them where the source has none', () => {
    expect(
      packed([
        { format: 'HLS', ...both },
        { format: 'HLS', audio: sound },
      ]),
    ).toEqual(['HLS 1280 128', 'HLS 128'])
    const { video: _, ...song } = film
    expect(packed([{ format: 'DASH_HLS', ...both }], song)).toEqual(['HLS 128', 'DASH 128'])
    const { audio: __, ...silent } = film
    expect(packed([{ format: 'MP3', audio: sound }], silent)).toEqual([])
  })

  test('what a source has nothing for is left out, and the note says so', () => {
    const wanted = [
      { format: 'HLS', ...both },
      { format: 'ADTS', audio: sound },
      { format: 'HLS', audio: sound },
      { format: 'MP4', video: small },
    ] as const
    const { audio: _, ...silent } = film
    expect(plan(wanted, { audioCodec: 'he_aac_v1' }, silent).note).toBe(
      'The source has no sound: outputs of sound alone are left out (ADTS, HLS)',
    )
    const { video: __, ...song } = film
    expect(plan(wanted, { audioCodec: 'he_aac_v1' }, song).note).toBe(
      'The source has no picture: outputs of the picture alone are left out (MP4). HE-AAC is not available here; the sound is AAC-LC',
    )
    expect(plan(wanted)).not.toHaveProperty('note')
  })

  test('outputs may differ in sound and frame rate; what is alike is encoded once', () => {
    const low = { ...sound, bitrateKbps: 64 }
    const made = plan([
      { format: 'HLS', ...both },
      { format: 'HLS', video: small, audio: low },
      { format: 'HLS', video: { ...small, frameRate: 10 }, audio: low },
      { format: 'MP4', video: picture, audio: low },
      { format: 'MP3', audio: sound },
    ])
    expect(packing(made)).toEqual(['HLS 1280 128', 'HLS 480 64', 'HLS 480 64', 'MP4 1280 64', 'MP3 128'])
    expect(made.rungs.map(({ width, frameRate }) => `${width}@${frameRate}`)).toEqual(['1280@25', '480@25', '480@10'])
    expect(made.sounds.map(({ codec, bitrateKbps }) => `${codec} ${bitrateKbps}`)).toEqual([
      'aac 128',
      'aac 64',
      'mp3 128',
    ])
  })

  test('the grid is of 5 seconds where none is wanted', () => {
    expect(plan([{ format: 'HLS', ...both }], { segmentSeconds: 0 }).segmentSeconds).toBe(5)
  })

  test('the usual bitrates of H.265 are lower', () => {
    expect(plan([{ format: 'HLS', ...both }], { videoCodec: 'h265' }).rungs[0]?.bitrateKbps).toBe(700)
  })

  test('HE-AAC is AAC-LC with a note where FFmpeg lacks it', () => {
    const settings = { ...CODECS, outputs: [{ format: 'HLS', ...both } as const], segmentSeconds: 5 }
    const wanted = { ...settings, audioCodec: 'he_aac_v2' } as const
    expect(planEncode(film, wanted, { heAac: true })).toMatchObject({
      sounds: [{ codec: 'he_aac_v2', bitrateKbps: 48 }],
    })
    expect(planEncode(film, wanted, { heAac: true })).not.toHaveProperty('note')
    expect(planEncode(film, wanted, { heAac: false })).toMatchObject({
      ...{ sounds: [{ codec: 'aac', bitrateKbps: 128 }], note: 'HE-AAC is not available here; the sound is AAC-LC' },
    })
  })

  test('files hold what they can: MP3 has its own codec and at most 48 kHz, ADTS has AAC', () => {
    expect(plan([{ format: 'MP3', audio: sound }]).sounds).toMatchObject([{ codec: 'mp3', sampleRate: 48_000 }])
    expect(plan([{ format: 'ADTS', audio: sound }], { audioCodec: 'mp3' }).sounds[0]?.codec).toBe('aac')
  })
})

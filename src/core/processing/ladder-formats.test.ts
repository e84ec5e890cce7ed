import { expect, test } from 'vitest'
import type { SourceMedia } from '../catalog/media.ts'
import type { TranscodeSettings } from '../catalog/transcode-settings.ts'
import { SYSTEM_SETTINGS } from '../templates/system-groups.ts'
import type { EncodePlan } from './encode-plan.ts'
import { planEncode } from './ladder.ts'

// What a plan is packed into; ladder.test.ts is about its pictures, plan-sound.test.ts about its sounds.

const CODECS = { videoCodec: 'h264', audioCodec: 'aac' } as const
const picture = { quality: 'HD', width: 1280, height: 720, bitrateKbps: 0, frameRate: 0 } as const
const small = { ...picture, width: 480, height: 270 } as const
const sound = { sampleRate: 0, channels: 2, bitrateKbps: 0 } as const
const both = { video: picture, audio: sound }
const film: SourceMedia = {
  ...{ container: 'mov,mp4,m4a,3gp,3g2,mj2', durationMs: 10_000, bitRateKbps: 6000, audioStreams: 1 },
  video: {
    ...{ stream: 0, codec: 'h264', width: 1280, height: 720, codedWidth: 1280, codedHeight: 720 },
    ...{ anamorphic: false, rotation: 0, frameRate: 25, variableFrameRate: false, interlaced: false, hdr: false },
    pixelFormat: 'yuv420p',
  },
  audio: { stream: 1, codec: 'aac', channels: 2, sampleRate: 96_000 },
}
const { audio: _, ...silent } = film
const { video: __, ...song } = film
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
  const tiny = { ...film, ...(film.video && { video: { ...film.video, width: 640, height: 360 } }) }
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
  expect(packed([{ format: 'DASH_HLS', ...both }], song)).toEqual(['HLS 128', 'DASH 128'])
  expect(packed([{ format: 'MP3', audio: sound }], silent)).toEqual([])
})

test('there are no tracks that the source lacks, or that no output wants', () => {
  expect(planEncode(film, SYSTEM_SETTINGS).sounds).toEqual([
    { codec: 'aac', bitrateKbps: 128, channels: 2, sampleRate: 48_000 },
  ])
  expect(planEncode(silent, SYSTEM_SETTINGS).sounds).toEqual([])
  expect(planEncode(song, SYSTEM_SETTINGS).rungs).toEqual([])
  expect(plan([{ format: 'HLS', video: picture }]).sounds).toEqual([])
})

test('what a source has nothing for is left out, and the note says so', () => {
  const wanted = [
    { format: 'HLS', ...both },
    { format: 'ADTS', audio: sound },
    { format: 'HLS', audio: sound },
    { format: 'MP4', video: small },
  ] as const
  expect(plan(wanted, { audioCodec: 'he_aac_v1' }, silent).note).toBe(
    'The source has no sound: outputs of sound alone are left out (ADTS, HLS)',
  )
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

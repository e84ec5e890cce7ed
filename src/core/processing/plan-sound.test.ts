import { expect, test } from 'vitest'
import type { RenditionFormat } from '../catalog/rendition.ts'
import type { AudioCodec, AudioSettings } from '../catalog/transcode-settings.ts'
import { planSound } from './plan-sound.ts'

interface Asked {
  readonly channels?: number
  readonly sampleRate?: number
  readonly format?: RenditionFormat
  readonly codec?: AudioCodec
  readonly audio?: Partial<AudioSettings>
}

/** Without HE-AAC; that is in ladder-formats.test.ts, with what the asset says. */
const planned = ({ channels = 2, sampleRate = 48_000, format = 'HLS', codec = 'aac', audio }: Asked) =>
  planSound(
    { stream: 0, codec: 'aac', channels, sampleRate },
    { audio: { sampleRate: 0, channels: 2, bitrateKbps: 0, ...audio }, format, codec, heAac: false },
  )

test('sound is stereo, or mono where the source is', () => {
  expect(planned({ channels: 6 })).toEqual({ codec: 'aac', bitrateKbps: 128, channels: 2, sampleRate: 48_000 })
  expect(planned({ channels: 1 }).channels).toBe(1)
})

test('sound keeps the family of the sample rate', () => {
  expect([8000, 22_050, 44_100, 88_200, 96_000].map((sampleRate) => planned({ sampleRate }).sampleRate)).toEqual([
    48_000, 44_100, 44_100, 44_100, 48_000,
  ])
})

test('files hold what they can: MP3 has its own codec and at most 48 kHz, ADTS has AAC', () => {
  const much = { sampleRate: 96_000 } as const
  expect(planned({ format: 'MP3', audio: much })).toMatchObject({ codec: 'mp3', sampleRate: 48_000 })
  expect(planned({ format: 'ADTS', codec: 'mp3', audio: much })).toMatchObject({ codec: 'aac', sampleRate: 96_000 })
})

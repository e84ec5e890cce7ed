import type { SourceAudio } from '../catalog/media.ts'
import type { RenditionFormat } from '../catalog/rendition.ts'
import type { AudioCodec, AudioSettings } from '../catalog/transcode-settings.ts'
import type { AudioTrack } from './encode-plan.ts'

interface WantedSound {
  readonly audio: AudioSettings
  readonly format: RenditionFormat
  /** Of the group. */
  readonly codec: AudioCodec
  /** Whether this FFmpeg has the two of them. */
  readonly heAac: boolean
}

/** What an output's settings make of the sound of a source. */
export const planSound = (source: SourceAudio, { audio, format, codec, heAac }: WantedSound): AudioTrack => {
  const fitting = codecIn(format, codec)
  const made = isHeAac(fitting) && !heAac ? 'aac' : fitting
  const { sampleRate, channels, bitrateKbps } = audio
  // The family of the source's rate is kept: resampling 44,100 to 48,000 costs CPU and gains nothing.
  const wantedRate = sampleRate || (source.sampleRate % 11_025 === 0 ? 44_100 : 48_000)
  return {
    codec: made,
    bitrateKbps: bitrateKbps || USUAL_KBPS[made],
    // Parametric stereo, which is what makes the second version, has no mono.
    channels: source.channels === 1 && made !== 'he_aac_v2' ? 1 : channels,
    // MP3 has no more.
    sampleRate: made === 'mp3' ? Math.min(wantedRate, 48_000) : wantedRate,
  }
}

export const isHeAac = (codec: AudioCodec): boolean => codec.startsWith('he_aac')

/** MP3 files hold MP3 and ADTS holds AAC, whatever else the group says; players of streams take no MP3 out of MP4. */
const codecIn = (format: RenditionFormat, codec: AudioCodec): AudioCodec => {
  if (format === 'MP3') return 'mp3'
  return format !== 'MP4' && codec === 'mp3' ? 'aac' : codec
}

const USUAL_KBPS = { aac: 128, he_aac_v1: 64, he_aac_v2: 48, mp3: 128 } as const satisfies Record<AudioCodec, number>

import type { Mark } from './mark.ts'

/** How an asset is transcoded. Taken from its template group when the asset is made. */
export interface TranscodeSettings {
  /** At least one; of a remux those that it may have. */
  readonly outputs: readonly OutputSettings[]
  /** Nothing is encoded: the source's own packets go into other containers, as far as these take them. */
  readonly remux?: boolean
  /** Grid of segments and keyframes; 0: what is usual. */
  readonly segmentSeconds: number
  /** The HLS outputs of assets that are made with it are encrypted. */
  readonly encrypt?: boolean
  /** 1 and 2: bit rates follow from the content, those of the outputs being the most. Both are the same here; nobody says what the vendor's 2 is. */
  readonly contentAdaptive?: 0 | 1 | 2
  /** `false`: nobody sees the source before there are renditions, or beside them. */
  readonly sourcePlayback?: boolean
  readonly videoCodec: VideoCodec
  /** Of all formats but MP3, which has its own, and ADTS, which has AAC. */
  readonly audioCodec: AudioCodec
  /** Burnt into every picture that is encoded. */
  readonly marks?: readonly Mark[]
}

/** What an output is packed into. `DASH_HLS`: both manifests over one set of segments. */
export const OUTPUT_FORMATS = ['MP4', 'HLS', 'DASH', 'DASH_HLS', 'MP3', 'ADTS'] as const
export type OutputFormat = (typeof OUTPUT_FORMATS)[number]

export const VIDEO_CODECS = ['h264', 'h265'] as const
export type VideoCodec = (typeof VIDEO_CODECS)[number]

export const AUDIO_CODECS = ['aac', 'he_aac_v1', 'he_aac_v2', 'mp3'] as const
export type AudioCodec = (typeof AUDIO_CODECS)[number]

export interface OutputSettings {
  readonly format: OutputFormat
  /** Absent: sound only. */
  readonly video?: VideoSettings
  /** Absent: no sound. */
  readonly audio?: AudioSettings
}

export interface VideoSettings {
  readonly quality: Quality
  /** The box that the picture fits into; where one side is 0 it follows the other, where both are it is the source's size. */
  readonly width: number
  readonly height: number
  /** 0: what is usual for the size. */
  readonly bitrateKbps: number
  /** 0 and 1: the source's. The vendor's number for it is 1; some of its clients send 0 and want it back. */
  readonly frameRate: number
}

export interface AudioSettings {
  /** Hz; 0: what suits the source. */
  readonly sampleRate: SampleRate
  readonly channels: 1 | 2
  /** 0: what is usual. */
  readonly bitrateKbps: number
}

/** The vendor's names of sizes; ours too, because no better ones exist. `AD` and `UNKNOW` (sic) say nothing about one. */
export const QUALITIES = ['4K', '2K', 'FULL_HD', 'HD', 'SD', 'FLUENT', 'AD', 'UNKNOW'] as const
export type Quality = (typeof QUALITIES)[number]

/** The name of a size that was not asked for by name. The vendor's lie on their side. */
export const qualityOf = ({ width, height }: { readonly width: number; readonly height: number }): Quality => {
  const long = Math.max(width, height)
  if (long >= 3840) return '4K'
  if (long >= 2560) return '2K'
  if (long >= 1920) return 'FULL_HD'
  if (long >= 1280) return 'HD'
  return long >= 800 ? 'SD' : 'FLUENT'
}

/** In the order of the vendor's numbers for them, which begin at 1. */
export const SAMPLE_RATES = [0, 22_050, 32_000, 44_100, 48_000, 96_000] as const
export type SampleRate = (typeof SAMPLE_RATES)[number]

import { type Static, Type } from 'typebox'
import type { Asset, AssetSource } from '../../core/catalog/asset.ts'
import type { SourceMedia } from '../../core/catalog/media.ts'
import type { Rendition } from '../../core/catalog/rendition.ts'
import { QUALITIES } from '../../core/catalog/transcode-settings.ts'

/** Technical metadata; `hight` is the vendor's spelling and what old clients read, `height` its correction: both, always. */
export const MetaData = Type.Object({
  play_type: Type.Integer({ description: 'Always 0.' }),
  pack_type: Type.Optional(Type.String()),
  codec: Type.String(),
  duration: Type.Integer({ description: 'Seconds, rounded up.' }),
  duration_ms: Type.Integer(),
  video_size: Type.Integer({ description: 'Bytes.' }),
  width: Type.Integer(),
  hight: Type.Integer(),
  height: Type.Integer(),
  bit_rate: Type.Integer({ description: 'kbit/s.' }),
  frame_rate: Type.Integer({ description: 'Frames per second, rounded; 0 when unknown.' }),
  quality: Type.Optional(Type.Enum([...QUALITIES])),
  audio_channels: Type.Optional(Type.Integer()),
})

const NOTHING_KNOWN: Static<typeof MetaData> = {
  play_type: 0,
  codec: 'UNKNOWN',
  duration: 0,
  duration_ms: 0,
  video_size: 0,
  width: 0,
  hight: 0,
  height: 0,
  bit_rate: 0,
  frame_rate: 0,
}

/** The index of a stream: the vendor's samples carry zeros there, and clients tell it from renditions by them. */
export const indexMetaData = (renditions: readonly Rendition[]): Static<typeof MetaData> => ({
  ...NOTHING_KNOWN,
  codec: renditions.map(renditionCodec).at(0) ?? 'UNKNOWN',
})

const renditionCodec = ({ videoCodec, audioCodec = 'aac' }: Rendition): string =>
  videoCodec ? VIDEO_NAMES[videoCodec] : AUDIO_NAMES[audioCodec]

const VIDEO_NAMES = { h264: 'H.264', h265: 'H.265' } as const
const AUDIO_NAMES = { aac: 'AAC', he_aac_v1: 'HEAAC', he_aac_v2: 'HEAAC', mp3: 'MP3' } as const

/** Integers only: Go refuses 25.5 where its model has an int (clients.md 5). */
export const renditionMetaData = (rendition: Rendition): Static<typeof MetaData> => ({
  play_type: 0,
  codec: renditionCodec(rendition),
  duration: Math.ceil(rendition.durationMs / 1000),
  duration_ms: Math.round(rendition.durationMs),
  video_size: rendition.sizeBytes,
  width: rendition.width,
  hight: rendition.height,
  height: rendition.height,
  bit_rate: Math.round(rendition.bitRateKbps),
  frame_rate: Math.round(rendition.frameRate),
  ...(rendition.quality !== undefined && { quality: rendition.quality }),
})

/** Of a source, by what is known of it. */
interface KnownSource extends Pick<Asset, 'media' | 'videoType'> {
  readonly source: Pick<AssetSource, 'sizeBytes'>
}

/** Of the source; zeros until it was probed. */
export const sourceMetaData = ({ media, source, videoType }: KnownSource): Static<typeof MetaData> => {
  const known = { ...NOTHING_KNOWN, video_size: media?.sizeBytes ?? source.sizeBytes, ...packType(videoType) }
  if (!media) return known
  return {
    ...known,
    codec: codecName(media),
    duration: Math.ceil(media.durationMs / 1000),
    duration_ms: Math.round(media.durationMs),
    width: media.video?.width ?? 0,
    hight: media.video?.height ?? 0,
    height: media.video?.height ?? 0,
    bit_rate: Math.round(media.bitRateKbps),
    frame_rate: Math.round(media.video?.frameRate ?? 0),
    ...(media.audio && { audio_channels: media.audio.channels }),
  }
}

// The vendor's `pack_type` knows fewer formats than its `video_type`.
const NO_PACK_TYPE: ReadonlySet<string> = new Set(['MKV', '3GP', 'ASF', 'RMVB', 'WEBM'])

const packType = (videoType: string) => (NO_PACK_TYPE.has(videoType) ? {} : { pack_type: videoType })

const CODECS: Readonly<Record<string, string>> = {
  mpeg2video: 'MPEG-2',
  mpeg4: 'MPEG-4',
  h264: 'H.264',
  hevc: 'H.265',
  wmv1: 'WMV',
  wmv2: 'WMV',
  wmv3: 'WMV',
  vc1: 'WMV',
  vorbis: 'Vorbis',
  aac: 'AAC',
  eac3: 'EAC-3',
  ac3: 'AC-3',
  amr_nb: 'AMR',
  amr_wb: 'AMR',
  amrnb: 'AMR',
  amrwb: 'AMR',
  ape: 'APE',
  flac: 'FLAC',
  mp3: 'MP3',
  mp3float: 'MP3',
  mp2: 'MP2',
  wmav1: 'WMA',
  wmav2: 'WMA',
  wavpack: 'WavPack',
}

const codecName = ({ video, audio }: SourceMedia): string => {
  const codec = video?.codec ?? audio?.codec ?? ''
  if (codec.startsWith('pcm_')) return 'PCM'
  if (codec.startsWith('adpcm_')) return 'ADPCM'
  return CODECS[codec] ?? 'UNKNOWN'
}

import { type Static, Type } from 'typebox'
import {
  type AudioCodec,
  type AudioSettings,
  OUTPUT_FORMATS,
  type OutputSettings,
  QUALITIES,
  SAMPLE_RATES,
  type TranscodeSettings,
  type VideoCodec,
  type VideoSettings,
} from '../../core/catalog/transcode-settings.ts'
import { invalidField } from '../../core/shared/problem.ts'
import { Flag01, oneOf } from '../fields.ts'

export const TEMPLATE_GROUP_PATH = '/v1.0/:project_id/asset/template_group/transcodings'

const MAX_OUTPUTS = 6

/** The vendor's number for "as the source". */
const SOURCE_RATE = 1
/** Seconds of a segment where a new group does not say. */
export const DEFAULT_INTERVAL = 5
const MIN_INTERVAL = 2

const Video = Type.Object({
  quality: oneOf(QUALITIES),
  width: Type.Optional(Type.Integer({ minimum: 0, maximum: 3840 })),
  height: Type.Optional(Type.Integer({ minimum: 0, maximum: 2160 })),
  bitrate: Type.Optional(Type.Integer({ minimum: 0, maximum: 50_000, description: 'kbit/s; 0: what is usual.' })),
  frame_rate: Type.Optional(Type.Integer({ minimum: 0, maximum: 100, description: '0 or 1: that of the source.' })),
})

const Audio = Type.Object({
  sample_rate: Type.Integer({ minimum: 1, maximum: 6 }),
  channels: Type.Union([Type.Literal(1), Type.Literal(2)]),
  bitrate: Type.Optional(Type.Integer({ minimum: 0, maximum: 1000, description: 'kbit/s; 0: what is usual.' })),
})

const Output = Type.Object({
  format: oneOf(OUTPUT_FORMATS),
  video: Type.Optional(Video),
  audio: Type.Optional(Audio),
})

/** Ours by the vendor's. */
const VIDEO_CODECS = { H264: 'h264', H265: 'h265' } as const satisfies Record<string, VideoCodec>
const AUDIO_CODECS = {
  ...{ AAC: 'aac', HEAAC1: 'he_aac_v1', HEAAC2: 'he_aac_v2', MP3: 'mp3' },
} as const satisfies Record<string, AudioCodec>
const VIDEO_CODEC_NAMES = ['H264', 'H265'] as const
const AUDIO_CODEC_NAMES = ['AAC', 'HEAAC1', 'HEAAC2', 'MP3'] as const

const PVC = { '0': 0, '1': 1, '2': 2 } as const

const Common = Type.Object({
  pvc: oneOf(['0', '1', '2']),
  pvc_version: Type.Optional(Type.String({ maxBytes: 64 })),
  video_codec: Type.Optional(oneOf(VIDEO_CODEC_NAMES)),
  audio_codec: Type.Optional(oneOf(AUDIO_CODEC_NAMES)),
  hls_interval: Type.Optional(Type.Integer({ minimum: 0, maximum: 10, description: '0: what is usual.' })),
})

/** What creating and changing a group have in common. */
export const GROUP_FIELDS = {
  name: Type.String({
    minLength: 1,
    maxLength: 128,
    pattern: '^[A-Za-z0-9_]+$',
    reason: 'must be letters, digits and underscores',
  }),
  status: Type.Optional(oneOf(['0', '1'])),
  auto_encrypt: Type.Optional(Flag01),
  quality_info_list: Type.Optional(Type.Array(Output, { maxItems: MAX_OUTPUTS })),
  common: Type.Optional(Common),
  watermark_template_ids: Type.Optional(Type.Array(Type.String({ maxBytes: 64 }), { maxItems: 1 })),
  description: Type.Optional(Type.String({ maxLength: 256, emptyIsValue: true })),
}
const Fields = Type.Object(GROUP_FIELDS)
type Fields = Static<typeof Fields>

/** What is refused, or has no effect of its own. */
export const GROUP_GAPS: readonly string[] = [
  'common.pvc 2: works as 1; the contract does not say what it is.',
  'common.pvc_version: has no effect, and null in answers.',
]

/** Only what the request names. Wrong values are told before what does not work yet. */
export const settingsOf = (fields: Fields): Partial<TranscodeSettings> => {
  const { quality_info_list: list, common, auto_encrypt } = fields
  if (list?.length === 0) throw invalidField('quality_info_list', 'must hold at least one output')
  const outputs = list?.map(outputOf)
  const interval = common?.hls_interval
  // Terraform's provider sends 0 where nothing is set, of the frame rate too, and compares what comes back.
  if (interval !== undefined && interval !== 0 && interval < MIN_INTERVAL) {
    throw invalidField('common.hls_interval', `must be 0, or ${MIN_INTERVAL} to 10`)
  }
  return {
    ...(outputs && { outputs }),
    ...(interval !== undefined && { segmentSeconds: interval }),
    ...(auto_encrypt !== undefined && { encrypt: auto_encrypt === 1 }),
    ...(common && { contentAdaptive: PVC[common.pvc] }),
    ...(common?.video_codec !== undefined && { videoCodec: VIDEO_CODECS[common.video_codec] }),
    ...(common?.audio_codec !== undefined && { audioCodec: AUDIO_CODECS[common.audio_codec] }),
  }
}

/** The vendor's outputs of sound alone have no picture, whatever the request says of one. */
const isSoundAlone = (format: Static<typeof Output>['format']): boolean => format === 'MP3' || format === 'ADTS'

const outputOf = ({ format, video, audio }: Static<typeof Output>): OutputSettings => {
  const picture = video && videoOf(video)
  if (!video && !audio) throw invalidField('quality_info_list', 'has an output without video and audio')
  if (isSoundAlone(format) && !audio) throw invalidField('quality_info_list', `has an ${format} output without audio`)
  return {
    format,
    ...(picture && !isSoundAlone(format) && { video: picture }),
    ...(audio && { audio: audioOf(audio) }),
  }
}

/** An empty list means what a new group means: the default watermarks, whichever they are. Absent: it stays. */
export const watermarkOf = ({ watermark_template_ids: ids }: Fields): string | null | undefined =>
  ids && (ids[0] ?? null)

const videoOf = ({ bitrate = 0, frame_rate = SOURCE_RATE, ...video }: Static<typeof Video>): VideoSettings => {
  const { quality, width = 0, height = 0 } = video
  return { quality, width, height, bitrateKbps: bitrate, frameRate: frame_rate }
}

const audioOf = ({ sample_rate, channels, bitrate = 0 }: Static<typeof Audio>): AudioSettings => {
  if (bitrate > 0 && bitrate < 8) throw invalidField('quality_info_list.audio.bitrate', 'must be 0, or 8 to 1000')
  return { sampleRate: SAMPLE_RATES[sample_rate - 1] ?? 0, channels, bitrateKbps: bitrate }
}

/** As it was sent. */
export const toOutput = ({ format, video, audio }: OutputSettings) => ({
  format,
  video: video
    ? {
        quality: video.quality,
        width: video.width,
        height: video.height,
        bitrate: video.bitrateKbps,
        frame_rate: video.frameRate,
      }
    : null,
  audio: audio
    ? { sample_rate: SAMPLE_RATES.indexOf(audio.sampleRate) + 1, channels: audio.channels, bitrate: audio.bitrateKbps }
    : null,
})

/** The vendor's names of the codecs. */
export const codecNames = ({ videoCodec, audioCodec }: Pick<TranscodeSettings, 'videoCodec' | 'audioCodec'>) => ({
  video_codec: VIDEO_CODEC_NAMES.find((name) => VIDEO_CODECS[name] === videoCodec),
  audio_codec: AUDIO_CODEC_NAMES.find((name) => AUDIO_CODECS[name] === audioCodec),
})

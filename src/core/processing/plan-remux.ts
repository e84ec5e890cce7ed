import type { SourceAudio, SourceMedia, SourceVideo } from '../catalog/media.ts'
import { RENDITION_FORMATS, type RenditionFormat } from '../catalog/rendition.ts'
import { type AudioCodec, qualityOf, type TranscodeSettings } from '../catalog/transcode-settings.ts'
import { COPIED_CODECS } from './copy-fit.ts'
import type { AudioTrack, EncodePlan, VideoRung } from './encode-plan.ts'

/** Into what the vendor's remux turns which containers (contract/templates.md 1), by FFmpeg's names of them. */
const CONVERSIONS: readonly { readonly from: RegExp; readonly to: readonly RenditionFormat[] }[] = [
  { from: /^(?:flv|live_flv)$/, to: ['HLS', 'MP4'] },
  { from: /(?:^|,)mp4(?:,|$)/, to: ['HLS'] },
  { from: /^mp3$/, to: ['HLS'] },
]
const OF_STREAMS: readonly RenditionFormat[] = ['MP4']

/** By FFmpeg's names; AAC in the framing of broadcasts (`aac_latm`) is none of them. */
const COPIED_SOUNDS: ReadonlyMap<string, AudioCodec> = new Map([
  ['aac', 'aac'],
  ['mp3', 'mp3'],
  ['mp3float', 'mp3'],
])

export interface RemuxRequest {
  readonly media: SourceMedia
  readonly settings: TranscodeSettings
  /** The source is an HLS stream, whatever its segments are. */
  readonly isStream: boolean
}

/** Another container for the source's own packets; a sentence where that cannot be. */
export const planRemux = ({ media, settings, isStream }: RemuxRequest): EncodePlan | string => {
  const formats = isStream ? OF_STREAMS : CONVERSIONS.find(({ from }) => from.test(media.container))?.to
  if (!formats) return `a remux takes FLV, HLS, MP3 and MP4, and the source is none of them (${media.container})`
  const codec = media.video && COPIED_CODECS.get(media.video.codec)
  if (media.video && !codec) return cannotHold(formats, media.video.codec)
  const sound = media.audio && COPIED_SOUNDS.get(media.audio.codec)
  if (media.audio && !sound) return cannotHold(formats, media.audio.codec)
  const notes = media.video ? notesOn(media.video) : []
  return {
    ...{ media, segmentSeconds: settings.segmentSeconds, videoCodec: codec ?? settings.videoCodec },
    rungs: media.video ? [rungOf(media.video, media)] : [],
    sounds: media.audio && sound ? [soundOf(media.audio, sound, media)] : [],
    outputs: RENDITION_FORMATS.filter((format) => formats.includes(format)).map((format) => ({
      format,
      ...(media.video && { rung: 0 }),
      ...(sound && { sound: 0 }),
    })),
    ...(notes.length > 0 && { note: notes.join('. ') }),
    tolerant: false,
  }
}

/** What an encode would have mended. */
const notesOn = (video: SourceVideo): readonly string[] => {
  const samples = unusualSamples(video)
  return [
    ...(video.rotation === 0 ? [] : ['The picture is turned by its header alone, which some players do not follow']),
    ...(samples === '' ? [] : [`Most players do not play ${samples} ${video.codec === 'h264' ? 'H.264' : 'H.265'}`]),
  ]
}

/** Browsers and telephones take 4:2:0 of 8 bit, and of 10 in H.265, such as `yuv420p10le`. */
const unusualSamples = ({ codec, pixelFormat }: SourceVideo): string => {
  const bits = Number(/(\d\d)[bl]e$/.exec(pixelFormat)?.[1] ?? 8)
  const [, sampling] = /^yuvj?4(22|44)p/.exec(pixelFormat) ?? []
  return [
    ...(bits > (codec === 'h264' ? 8 : 10) ? [`${bits} bit`] : []),
    ...(sampling ? [`4:${sampling[0]}:${sampling[1]}`] : []),
    ...(pixelFormat.startsWith('gbr') ? ['RGB'] : []),
  ].join(' ')
}

const cannotHold = (formats: readonly RenditionFormat[], codec: string): string =>
  `a remux encodes nothing, and players of ${formats.join(' and ')} do not take ${codec}; choose a group that transcodes`

const rungOf = (video: SourceVideo, { bitRateKbps }: SourceMedia): VideoRung => ({
  quality: qualityOf(video),
  // As players show it: the header of the track turns and stretches the packets' pictures.
  ...{ width: video.width, height: video.height, bitrateKbps: bitRateKbps, averageKbps: bitRateKbps },
  ...{ frameRate: video.frameRate, frames: { keep: 'all' }, effort: 'turbo', copied: true },
})

const soundOf = (
  { channels, sampleRate }: SourceAudio,
  codec: AudioCodec,
  { bitRateKbps }: SourceMedia,
): AudioTrack => ({ codec, bitrateKbps: bitRateKbps, channels, sampleRate, copied: true })

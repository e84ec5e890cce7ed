import type { SourceAudio, SourceMedia, SourceVideo } from '../catalog/media.ts'
import { RENDITION_FORMATS, type RenditionFormat } from '../catalog/rendition.ts'
import type {
  AudioCodec,
  AudioSettings,
  OutputFormat,
  OutputSettings,
  TranscodeSettings,
  VideoCodec,
  VideoSettings,
} from '../catalog/transcode-settings.ts'
import type { AudioTrack, EncodePlan, FrameChoice, VideoRung } from './encode-plan.ts'
import type { EncoderAbilities } from './ports.ts'
import { usualBitrateKbps } from './usual-bitrate.ts'

interface Box {
  readonly width: number
  readonly height: number
}

/** From here on superfast with mbtree beats veryfast in quality per CPU second (measured). */
const TURBO_FROM_BOX_HEIGHT = 720
const MAX_FRAME_RATE = 60
const DEFAULT_FRAME_RATE = 25

/** What these settings make of a source. */
export const planEncode = (
  media: SourceMedia,
  settings: TranscodeSettings,
  abilities: Pick<EncoderAbilities, 'heAac'> = { heAac: false },
): EncodePlan => {
  const { outputs, segmentSeconds, videoCodec } = settings
  const videos = outputs.flatMap(({ video }) => video ?? [])
  const wanted = outputs.find((output) => output.audio)
  const codec = soundCodec(settings)
  const made = codec.startsWith('he_aac') && !abilities.heAac ? 'aac' : codec
  return {
    media,
    segmentSeconds,
    ...(media.video ? framesOf(media.video, videos[0]?.frameRate ?? 0) : NO_FRAMES),
    videoCodec,
    rungs: media.video ? ladderOf(media.video, settings) : [],
    ...(media.audio && wanted?.audio && { audio: audioTrack(media.audio, wanted.audio, made) }),
    ...(media.audio && wanted?.audio && made !== codec && { note: NO_HE_AAC }),
    soundFormats: formatsOf(outputs.filter(({ video, audio }) => audio && !(video && media.video))),
    tolerant: false,
  }
}

/** What the plan needs and this FFmpeg lacks, in people's words. */
export const missingEncoder = (
  { videoCodec, rungs, audio }: EncodePlan,
  abilities: EncoderAbilities,
): string | undefined => {
  if (rungs.length > 0 && videoCodec === 'h265' && !abilities.h265) return 'H.265 (it has no libx265)'
  return audio?.codec === 'mp3' && !abilities.mp3 ? 'MP3 (it has no libmp3lame)' : undefined
}

const NO_HE_AAC = 'HE-AAC is not available here; the sound is AAC-LC'

/** MP3 files hold MP3 and ADTS holds AAC, whatever else the group says. */
const soundCodec = ({ outputs, audioCodec }: TranscodeSettings): AudioCodec => {
  const isWanted = (format: OutputFormat) => outputs.some((output) => output.format === format)
  if (isWanted('MP3')) return 'mp3'
  return isWanted('ADTS') && audioCodec === 'mp3' ? 'aac' : audioCodec
}

const formatsOf = (outputs: readonly Pick<OutputSettings, 'format'>[]): readonly RenditionFormat[] =>
  RENDITION_FORMATS.filter((format) => outputs.some((output) => packedInto(output).includes(format)))

const packedInto = ({ format }: Pick<OutputSettings, 'format'>): readonly RenditionFormat[] =>
  format === 'DASH_HLS' ? ['HLS', 'DASH'] : [format]

/** Each format by itself, so that none is left without a stream; rungs that are alike are encoded once for all of them. */
const ladderOf = (source: SourceVideo, { outputs, videoCodec }: TranscodeSettings): readonly VideoRung[] =>
  distinct(
    largestFirst(
      formatsOf(outputs).flatMap((format) => {
        const ofFormat = outputs.filter((output) => packedInto(output).includes(format))
        const videos = ofFormat.flatMap(({ video }) => video ?? [])
        return rungsOf(source, videos, videoCodec).map((rung) => ({ ...rung, formats: [format] }))
      }),
    ),
  )

type Rung = Omit<VideoRung, 'formats'>

/** Never above the source: a rung touches its box or is left out. Only when all are too large, the smallest gets the source's size. */
const rungsOf = (source: SourceVideo, outputs: readonly VideoSettings[], codec: VideoCodec): readonly Rung[] => {
  const rungs = outputs.map((output) => ({ output, box: boxOf(output, source) }))
  const reached = rungs.filter(({ box }) => source.width >= box.width || source.height >= box.height)
  if (reached.length > 0) return reached.map(({ output, box }) => rungIn(box, source, { ...output, codec }))
  const smallest = rungs.toSorted((a, b) => area(a.box) - area(b.box))[0]
  // So that a source that is smaller than every box is not without a stream.
  return smallest ? [rungIn(source, source, { ...smallest.output, codec })] : []
}

/** Each rung is scaled from the one before it. */
const largestFirst = (rungs: readonly VideoRung[]): readonly VideoRung[] =>
  rungs.toSorted((a, b) => area(b) - area(a) || b.bitrateKbps - a.bitrateKbps)

/** Boxes lie on their side; portrait sources turn them. */
const boxOf = ({ width, height }: VideoSettings, source: SourceVideo): Box => {
  if (width === 0 && height === 0) return source
  if (width === 0) return { width: Math.max(1, Math.round((source.width * height) / source.height)), height }
  if (height === 0) return { width, height: Math.max(1, Math.round((source.height * width) / source.width)) }
  const turn = source.height > source.width !== height > width
  return turn ? { width: height, height: width } : { width, height }
}

const rungIn = (
  box: Box,
  source: SourceVideo,
  { quality, bitrateKbps, codec }: VideoSettings & { readonly codec: VideoCodec },
): Rung => {
  const scale = Math.min(box.width / source.width, box.height / source.height, 1)
  return {
    quality,
    width: evenSize(source.width * scale, Math.min(box.width, source.width)),
    height: evenSize(source.height * scale, Math.min(box.height, source.height)),
    bitrateKbps: bitrateKbps || usualBitrateKbps(box, codec),
    effort: Math.min(box.width, box.height) >= TURBO_FROM_BOX_HEIGHT ? 'turbo' : 'veryfast',
  }
}

/** Boxes of different shapes may come to the same picture; one of each rate is enough, in all formats that want it. */
const distinct = (rungs: readonly VideoRung[]): readonly VideoRung[] => {
  const kept: VideoRung[] = []
  for (const rung of rungs) {
    const at = kept.findIndex((other) => isAlike(other, rung))
    const alike = kept[at]
    if (!alike) kept.push(rung)
    else kept[at] = { ...alike, formats: [...new Set([...alike.formats, ...rung.formats])] }
  }
  return kept
}

const isAlike = (a: VideoRung, b: VideoRung): boolean =>
  a.width === b.width && a.height === b.height && a.bitrateKbps === b.bitrateKbps

const area = ({ width, height }: Box): number => width * height

/** The nearest even number that is not above the limit; 4:2:0 has no odd sizes, and none below 2. */
const evenSize = (size: number, limit: number): number =>
  Math.max(2, Math.min(2 * Math.round(size / 2), 2 * Math.floor(limit / 2)))

interface Frames {
  readonly frameRate: number
  readonly frames: FrameChoice
}

const NO_FRAMES: Frames = { frameRate: DEFAULT_FRAME_RATE, frames: { keep: 'all' } }

/**
 * Above the cap every second, third, ... frame stays, so that motion stays even; cameras count a little off, hence the twentieth.
 * Of a variable rate only the cap is fixed: its bursts may be far above its average. A wanted rate is a cap of its own.
 */
const framesOf = ({ variableFrameRate, frameRate }: SourceVideo, wanted: number): Frames => {
  if (variableFrameRate) {
    return { frameRate: wanted > 0 ? Math.min(wanted, MAX_FRAME_RATE) : MAX_FRAME_RATE, frames: { keep: 'spaced' } }
  }
  if (!Number.isFinite(frameRate) || frameRate <= 0) return NO_FRAMES
  if (wanted >= frameRate) return { frameRate, frames: { keep: 'all' } }
  if (wanted > 0) return { frameRate: wanted, frames: { keep: 'rate' } }
  const step = Math.ceil(frameRate / (MAX_FRAME_RATE * 1.05))
  return { frameRate: frameRate / step, frames: step > 1 ? { keep: 'every', step } : { keep: 'all' } }
}

const USUAL_AUDIO_KBPS = { aac: 128, he_aac_v1: 64, he_aac_v2: 48, mp3: 128 } as const satisfies Record<
  AudioCodec,
  number
>

const audioTrack = (
  source: SourceAudio,
  { sampleRate, channels, bitrateKbps }: AudioSettings,
  codec: AudioCodec,
): AudioTrack => {
  // The family of the source's rate is kept: resampling 44,100 to 48,000 costs CPU and gains nothing.
  const wantedRate = sampleRate || (source.sampleRate % 11_025 === 0 ? 44_100 : 48_000)
  return {
    codec,
    bitrateKbps: bitrateKbps || USUAL_AUDIO_KBPS[codec],
    // Parametric stereo, which is what makes the second version, has no mono.
    channels: source.channels === 1 && codec !== 'he_aac_v2' ? 1 : channels,
    // MP3 has no more.
    sampleRate: codec === 'mp3' ? Math.min(wantedRate, 48_000) : wantedRate,
  }
}

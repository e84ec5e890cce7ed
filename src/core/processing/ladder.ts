import type { SourceMedia, SourceVideo } from '../catalog/media.ts'
import { isSegmented, RENDITION_FORMATS, type RenditionFormat } from '../catalog/rendition.ts'
import type { OutputSettings, TranscodeSettings, VideoCodec, VideoSettings } from '../catalog/transcode-settings.ts'
import type { AudioTrack, EncodePlan, PlannedOutput, VideoRung } from './encode-plan.ts'
import { chooseFrames } from './frame-choice.ts'
import { isHeAac, planSound } from './plan-sound.ts'
import type { EncoderAbilities } from './ports.ts'
import { usualBitrateKbps } from './usual-bitrate.ts'

interface Box {
  readonly width: number
  readonly height: number
}

/** From here on superfast with mbtree beats veryfast in quality per CPU second (measured). */
const TURBO_FROM_BOX_HEIGHT = 720

/** The vendor's default. */
const USUAL_SEGMENT_SECONDS = 5

/** What these settings make of a source. */
export const planEncode = (
  media: SourceMedia,
  settings: TranscodeSettings,
  abilities: Pick<EncoderAbilities, 'heAac'> = { heAac: false },
): EncodePlan => {
  const made = RENDITION_FORMATS.flatMap((format) => tracksOf(media, format, { ...settings, ...abilities }))
  const rungs = distinct(largestFirst(made.flatMap(({ rung }) => rung ?? [])), isSamePicture)
  const sounds = distinct(
    made.flatMap(({ sound }) => sound ?? []),
    isSameSound,
  )
  const outputs = made.map(({ format, rung, sound }): PlannedOutput => {
    return {
      format,
      ...(rung && { rung: rungs.findIndex((one) => isSamePicture(one, rung)) }),
      ...(sound && { sound: sounds.findIndex((one) => isSameSound(one, sound)) }),
    }
  })
  const lacksHeAac = isHeAac(settings.audioCodec) && sounds.some(({ codec }) => codec === 'aac')
  const hasOtherSound = outputs.some(({ format, sound }) => isSegmented(format) && sound !== undefined)
  const notes = [
    leftOut(media, settings.outputs),
    lacksHeAac ? NO_HE_AAC : undefined,
    settings.audioCodec === 'mp3' && hasOtherSound ? NO_MP3 : undefined,
  ].filter((one) => one !== undefined)
  const segmentSeconds = settings.segmentSeconds || USUAL_SEGMENT_SECONDS
  return {
    ...{ media, segmentSeconds, videoCodec: settings.videoCodec, rungs, sounds },
    outputs: bestFirst(distinct(outputs, isSameOutput)),
    ...(settings.marks && rungs.length > 0 && { marks: settings.marks }),
    ...(notes.length > 0 && { note: notes.join('. ') }),
    tolerant: false,
  }
}

/** What the plan needs and this FFmpeg lacks, in people's words. */
export const missingEncoder = (
  { videoCodec, rungs, sounds }: EncodePlan,
  abilities: EncoderAbilities,
): string | undefined => {
  const encodes = rungs.some(({ copied }) => !copied)
  if (encodes && videoCodec === 'h265' && !abilities.h265) return 'H.265 (it has no libx265)'
  const needsMp3 = sounds.some(({ codec, copied }) => codec === 'mp3' && !copied)
  return needsMp3 && !abilities.mp3 ? 'MP3 (it has no libmp3lame)' : undefined
}

const NO_MP3 = 'Players of HLS and DASH do not take MP3; the sound of these outputs is AAC-LC'
const NO_HE_AAC = 'HE-AAC is not available here; the sound is AAC-LC'

/** Which outputs have nothing to show or play of this source. */
const leftOut = (media: SourceMedia, outputs: readonly OutputSettings[]): string | undefined => {
  const empty = outputs.filter(({ video, audio }) => !(video && media.video) && !(audio && media.audio))
  if (empty.length === 0) return
  const [lacking, alone] = media.video ? ['sound', 'sound'] : ['picture', 'the picture']
  const formats = [...new Set(empty.map(({ format }) => format))].join(', ')
  return `The source has no ${lacking}: outputs of ${alone} alone are left out (${formats})`
}

/** What plays together in an output. */
interface Tracks {
  readonly format: RenditionFormat
  readonly rung?: VideoRung
  readonly sound?: AudioTrack
}

type Settings = TranscodeSettings & Pick<EncoderAbilities, 'heAac'>

/** Each format by itself, so that none is left without a stream. Of a source without a picture all outputs are sound alone. */
const tracksOf = (media: SourceMedia, format: RenditionFormat, settings: Settings): readonly Tracks[] => {
  const { videoCodec, audioCodec, heAac } = settings
  const wanted = settings.outputs.filter((output) => packedInto(output).includes(format))
  const soundOf = ({ audio }: OutputSettings) =>
    media.audio && audio ? { sound: planSound(media.audio, { audio, format, codec: audioCodec, heAac }) } : {}
  const pictures = media.video ? rungsOf(media.video, wanted.filter(hasPicture), videoCodec) : []
  const alone = wanted.filter((output) => !(hasPicture(output) && media.video))
  return [
    ...pictures.map(({ rung, output }) => ({ format, rung, ...soundOf(output) })),
    ...alone.map((output) => ({ format, ...soundOf(output) })).filter((tracks) => 'sound' in tracks),
  ]
}

const packedInto = ({ format }: Pick<OutputSettings, 'format'>): readonly RenditionFormat[] =>
  format === 'DASH_HLS' ? ['HLS', 'DASH'] : [format]

type PictureOutput = OutputSettings & { readonly video: VideoSettings }

const hasPicture = (output: OutputSettings): output is PictureOutput => output.video !== undefined

/** The rungs are largest first already; sound alone comes last. */
const bestFirst = (outputs: readonly PlannedOutput[]): readonly PlannedOutput[] =>
  RENDITION_FORMATS.flatMap((format) =>
    outputs
      .filter((output) => output.format === format)
      .toSorted((a, b) => (a.rung ?? Number.POSITIVE_INFINITY) - (b.rung ?? Number.POSITIVE_INFINITY)),
  )

interface MadeRung {
  readonly rung: VideoRung
  readonly output: PictureOutput
}

/** Never above the source: a rung touches its box or is left out. Only when all are too large, the smallest gets the source's size. */
const rungsOf = (source: SourceVideo, outputs: readonly PictureOutput[], codec: VideoCodec): readonly MadeRung[] => {
  const boxes = outputs.map((output) => ({ output, box: boxOf(output.video, source) }))
  const make = ({ output, box }: { readonly output: PictureOutput; readonly box: Box }): MadeRung => ({
    output,
    rung: rungIn(box, source, { ...output.video, codec }),
  })
  const reached = boxes.filter(({ box }) => source.width >= box.width || source.height >= box.height)
  if (reached.length > 0) return reached.map(make)
  const smallest = boxes.toSorted((a, b) => area(a.box) - area(b.box))[0]
  // So that a source that is smaller than every box is not without a stream.
  return smallest ? [make({ output: smallest.output, box: source })] : []
}

/** Each rung is scaled from the one before it. */
const largestFirst = (rungs: readonly VideoRung[]): readonly VideoRung[] =>
  rungs.toSorted((a, b) => area(b) - area(a) || b.bitrateKbps - a.bitrateKbps || b.frameRate - a.frameRate)

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
  { quality, bitrateKbps, frameRate, codec }: VideoSettings & { readonly codec: VideoCodec },
): VideoRung => {
  const scale = Math.min(box.width / source.width, box.height / source.height, 1)
  const picture = {
    width: evenSize(source.width * scale, Math.min(box.width, source.width)),
    height: evenSize(source.height * scale, Math.min(box.height, source.height)),
  }
  const kbps = bitrateKbps || usualBitrateKbps(picture, codec)
  return {
    quality,
    ...picture,
    bitrateKbps: kbps,
    averageKbps: kbps,
    ...chooseFrames(source, frameRate),
    effort: Math.min(box.width, box.height) >= TURBO_FROM_BOX_HEIGHT ? 'turbo' : 'veryfast',
  }
}

/** The first of each. */
export const distinct = <T>(all: readonly T[], isSame: (a: T, b: T) => boolean): readonly T[] =>
  all.filter((one, at) => all.findIndex((other) => isSame(other, one)) === at)

/** Boxes of different shapes may come to the same picture; one of each rate is enough, for all formats that want it. */
const isSamePicture = (a: VideoRung, b: VideoRung): boolean =>
  a.width === b.width && a.height === b.height && a.bitrateKbps === b.bitrateKbps && a.frameRate === b.frameRate

const isSameSound = (a: AudioTrack, b: AudioTrack): boolean =>
  a.codec === b.codec && a.bitrateKbps === b.bitrateKbps && a.channels === b.channels && a.sampleRate === b.sampleRate

export const isSameOutput = (a: PlannedOutput, b: PlannedOutput): boolean =>
  a.format === b.format && a.rung === b.rung && a.sound === b.sound

const area = ({ width, height }: Box): number => width * height

/** The nearest even number that is not above the limit; 4:2:0 has no odd sizes, and none below 2. */
const evenSize = (size: number, limit: number): number =>
  Math.max(2, Math.min(2 * Math.round(size / 2), 2 * Math.floor(limit / 2)))

import type { SourceAudio, SourceMedia, SourceVideo } from '../catalog/media.ts'
import type { AudioSettings, TranscodeSettings, VideoSettings } from '../catalog/transcode-settings.ts'
import type { AudioTrack, EncodePlan, FrameChoice, VideoRung } from './encode-plan.ts'
import { usualBitrateKbps } from './usual-bitrate.ts'

interface Box {
  readonly width: number
  readonly height: number
}

/** From here on superfast with mbtree beats veryfast in quality per CPU second (measured). */
const TURBO_FROM_BOX_HEIGHT = 720
const MAX_FRAME_RATE = 60
const DEFAULT_FRAME_RATE = 25
const USUAL_AUDIO_KBPS = 128

/** What these settings make of a source. */
export const planEncode = (media: SourceMedia, { outputs, segmentSeconds }: TranscodeSettings): EncodePlan => {
  const videos = outputs.flatMap(({ video }) => video ?? [])
  const audio = outputs.find((output) => output.audio)?.audio
  return {
    media,
    segmentSeconds,
    ...(media.video ? framesOf(media.video, videos[0]?.frameRate ?? 0) : NO_FRAMES),
    rungs: media.video ? ladderOf(media.video, videos) : [],
    ...(media.audio && audio && { audio: audioTrack(media.audio, audio) }),
    tolerant: false,
  }
}

/** Never above the source: a rung touches its box or is left out. Only when all are too large, the smallest gets the source's size. */
const ladderOf = (source: SourceVideo, outputs: readonly VideoSettings[]): readonly VideoRung[] => {
  const rungs = outputs.map((output) => ({ output, box: boxOf(output, source) }))
  const reached = rungs.filter(({ box }) => source.width >= box.width || source.height >= box.height)
  if (reached.length > 0) return distinct(largestFirst(reached.map(({ output, box }) => rungIn(box, output, source))))
  const smallest = rungs.toSorted((a, b) => area(a.box) - area(b.box))[0]
  return smallest ? [ownRung(smallest.output, source)] : []
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

const rungIn = (box: Box, { quality, bitrateKbps }: VideoSettings, source: SourceVideo): VideoRung => {
  const scale = Math.min(box.width / source.width, box.height / source.height, 1)
  return {
    quality,
    width: evenSize(source.width * scale, Math.min(box.width, source.width)),
    height: evenSize(source.height * scale, Math.min(box.height, source.height)),
    bitrateKbps: bitrateKbps || usualBitrateKbps(box),
    effort: Math.min(box.width, box.height) >= TURBO_FROM_BOX_HEIGHT ? 'turbo' : 'veryfast',
  }
}

/** So that a source that is smaller than every box is not without a stream. */
const ownRung = (output: VideoSettings, source: SourceVideo): VideoRung => rungIn(source, output, source)

/** Boxes of different shapes may come to the same picture; one of each rate is enough. */
const distinct = (rungs: readonly VideoRung[]): readonly VideoRung[] =>
  rungs.filter(
    (rung, n) =>
      rungs.findIndex(
        ({ width, height, bitrateKbps }) =>
          width === rung.width && height === rung.height && bitrateKbps === rung.bitrateKbps,
      ) === n,
  )

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

const audioTrack = (source: SourceAudio, { sampleRate, channels, bitrateKbps }: AudioSettings): AudioTrack => ({
  bitrateKbps: bitrateKbps || USUAL_AUDIO_KBPS,
  channels: source.channels === 1 ? 1 : channels,
  // The family of the source's rate is kept: resampling 44,100 to 48,000 costs CPU and gains nothing.
  sampleRate: sampleRate || (source.sampleRate % 11_025 === 0 ? 44_100 : 48_000),
})

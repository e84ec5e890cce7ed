import type { SourceAudio, SourceMedia, SourceVideo } from '../catalog/media.ts'
import type { Quality } from '../catalog/rendition.ts'
import type { AudioTrack, EncodePlan, VideoRung } from './encode-plan.ts'

interface Box {
  readonly quality: Quality
  readonly width: number
  readonly height: number
  readonly bitrateKbps: number
}

/** `system_template_group`, as the vendor documents it, best first. Boxes lie on their side; portrait sources turn them. */
const SYSTEM_LADDER: readonly Box[] = [
  { quality: 'FULL_HD', width: 1920, height: 1080, bitrateKbps: 3000 },
  { quality: 'HD', width: 1280, height: 720, bitrateKbps: 1000 },
  { quality: 'SD', width: 854, height: 480, bitrateKbps: 600 },
  { quality: 'FLUENT', width: 480, height: 270, bitrateKbps: 300 },
]

const SMALLEST_BOX_PIXELS = 480 * 270
const MIN_BITRATE_KBPS = 50
/** From here on superfast with mbtree beats veryfast in quality per CPU second (measured). */
const TURBO_FROM_BOX_HEIGHT = 720
const MAX_FRAME_RATE = 60
const DEFAULT_FRAME_RATE = 25
const AUDIO_BITRATE_KBPS = 128

/** What `system_template_group` makes of a source. */
export const planEncode = (
  media: SourceMedia,
  { segmentSeconds }: { readonly segmentSeconds: number },
): EncodePlan => ({
  media,
  segmentSeconds,
  frameRate: media.video ? outputFrameRate(media.video) : DEFAULT_FRAME_RATE,
  rungs: media.video ? ladderOf(media.video) : [],
  ...(media.audio ? { audio: audioTrack(media.audio) } : {}),
  tolerant: false,
})

/** A rung that is taken touches its box, and boxes shrink both ways: no two rungs are ever of one size. */
const ladderOf = (source: SourceVideo): readonly VideoRung[] => {
  const rungs = SYSTEM_LADDER.map((box) => (source.height > source.width ? turned(box) : box))
    .filter((box) => source.width >= box.width || source.height >= box.height)
    .map((box) => rungIn(box, source))
  return rungs.length > 0 ? rungs : [ownRung(source)]
}

const turned = (box: Box): Box => ({ ...box, width: box.height, height: box.width })

const rungIn = (box: Box, source: SourceVideo): VideoRung => {
  const scale = Math.min(box.width / source.width, box.height / source.height, 1)
  return {
    quality: box.quality,
    width: evenSize(source.width * scale, Math.min(box.width, source.width)),
    height: evenSize(source.height * scale, Math.min(box.height, source.height)),
    bitrateKbps: box.bitrateKbps,
    effort: Math.min(box.width, box.height) >= TURBO_FROM_BOX_HEIGHT ? 'turbo' : 'veryfast',
  }
}

/** For a source that is smaller than every box: its own size, so that it never has no stream at all. */
const ownRung = (source: SourceVideo): VideoRung => {
  const width = evenSize(source.width, source.width)
  const height = evenSize(source.height, source.height)
  const bitrateKbps = Math.max(MIN_BITRATE_KBPS, Math.round((300 * width * height) / SMALLEST_BOX_PIXELS))
  return { quality: 'FLUENT', width, height, bitrateKbps, effort: 'veryfast' }
}

/** The nearest even number that is not above the limit; 4:2:0 has no odd sizes, and none below 2. */
const evenSize = (size: number, limit: number): number =>
  Math.max(2, Math.min(2 * Math.round(size / 2), 2 * Math.floor(limit / 2)))

/**
 * Above the cap every second, third, ... frame stays, so that motion stays even; cameras count a little off, hence the twentieth.
 * Of a variable rate only the cap is fixed: its bursts may be far above its average.
 */
const outputFrameRate = (source: SourceVideo): number => {
  if (source.variableFrameRate) return MAX_FRAME_RATE
  if (!Number.isFinite(source.frameRate) || source.frameRate <= 0) return DEFAULT_FRAME_RATE
  return source.frameRate / Math.ceil(source.frameRate / (MAX_FRAME_RATE * 1.05))
}

const audioTrack = (source: SourceAudio): AudioTrack => ({
  bitrateKbps: AUDIO_BITRATE_KBPS,
  channels: source.channels === 1 ? 1 : 2,
  // The family of the source's rate is kept: resampling 44,100 to 48,000 costs CPU and gains nothing.
  sampleRate: source.sampleRate % 11_025 === 0 ? 44_100 : 48_000,
})

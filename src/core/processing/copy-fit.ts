import type { SourceVideo } from '../catalog/media.ts'
import type { VideoCodec } from '../catalog/transcode-settings.ts'
import { boundaries, type CutTrack } from '../packaging/check-track.ts'
import { longestSeconds } from '../packaging/media-playlist.ts'
import type { EncodePlan, VideoRung } from './encode-plan.ts'

/** The packets of a source as they would be cut. */
export interface CopiedTrack extends CutTrack {
  readonly segments: readonly (CutTrack['segments'][number] & {
    readonly sizeBytes: number
    /** It begins with an IDR picture, shows all its pictures, and decodes as far as that was tried. */
    readonly isClean: boolean
  })[]
}

/** By FFmpeg's names. */
export const COPIED_CODECS: ReadonlyMap<string, VideoCodec> = new Map([
  ['h264', 'h264'],
  ['hevc', 'h265'],
])

/** What can be told before a packet was read: the picture is already what the rung is to become. */
export const mayFit = ({ media, videoCodec, outputs, sounds, marks }: EncodePlan, rung: VideoRung): boolean => {
  const { video } = media
  // Nothing is burnt into packets.
  if (!video || marks || COPIED_CODECS.get(video.codec) !== videoCodec) return false
  const isSameSize = rung.width === video.codedWidth && rung.height === video.codedHeight
  const sound = sounds.reduce((sum, { bitrateKbps }) => Math.max(sum, bitrateKbps), SOUND_KBPS)
  const mayBeSmall = media.bitRateKbps <= rung.averageKbps + sound
  return isSameSize && isPlain(video) && rung.frames.keep === 'all' && mayBeSmall && outputs.length > 0
}

/** The source's own sound may take as much. */
const SOUND_KBPS = 1000

/** Shown as it is stored, in the way of every output. */
const isPlain = (video: SourceVideo): boolean =>
  video.pixelFormat === 'yuv420p' &&
  video.rotation === 0 &&
  !(video.anamorphic || video.interlaced || video.hdr || video.variableFrameRate) &&
  video.strangeMatrix === undefined

/** Segments are at most so many intervals of the grid long. */
export const MOST_INTERVALS = 2

/**
 * Whether the packets are what the encoder would have been asked for: no more bits, and places to begin at often enough. Players of DASH
 * switch only between tracks that are cut alike, so there every interval has to begin with one.
 */
export const fitsRung = (copied: CopiedTrack, rung: VideoRung, plan: EncodePlan): boolean =>
  copied.segments.every(({ isClean }) => isClean) &&
  longestSeconds(copied) <= MOST_INTERVALS * plan.segmentSeconds &&
  fitsBitrate(copied, rung) &&
  (!hasDashSiblings(plan, rung) || isOnGrid(copied, rung, plan))

/** As the encoder's buffer bounds it: on average the rate, and in a segment what 1.5 times the rate and a full buffer come to. */
const fitsBitrate = ({ segments, timescale }: CopiedTrack, { bitrateKbps, averageKbps }: VideoRung): boolean => {
  const bitsPerSecond = bitrateKbps * 1000
  const all = segments.reduce(
    (sum, { sizeBytes, durationTicks }) => ({ bits: sum.bits + sizeBytes * 8, ticks: sum.ticks + durationTicks }),
    { bits: 0, ticks: 0 },
  )
  if (all.bits * timescale > averageKbps * 1000 * all.ticks) return false
  return segments.every(
    ({ sizeBytes, durationTicks }) => sizeBytes * 8 <= bitsPerSecond * ((1.5 * durationTicks) / timescale + 2),
  )
}

const hasDashSiblings = ({ rungs, outputs }: EncodePlan, rung: VideoRung): boolean => {
  const inDash = new Set(outputs.flatMap(({ format, rung: at }) => (format === 'DASH' && at !== undefined ? at : [])))
  return inDash.has(rungs.indexOf(rung)) && inDash.size > 1
}

/** The n-th segment begins with the first frame at or after n intervals, as in the rungs that are encoded. */
const isOnGrid = (copied: CopiedTrack, { frameRate }: VideoRung, { segmentSeconds }: EncodePlan): boolean => {
  const starts = boundaries(copied)
  const [end = 0] = starts.slice(-1)
  const isEven = starts.slice(0, -1).every((start, n) => {
    const late = start - n * segmentSeconds
    return late > -TICK && late < 1 / frameRate - TICK
  })
  return isEven && end - TICK <= (starts.length - 1) * segmentSeconds + 1 / frameRate
}

const TICK = 0.0001

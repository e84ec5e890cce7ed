import {
  firstPacket,
  PACKET_SAMPLES,
  PREVIEW_KBPS,
  PREVIEW_SEGMENT_SECONDS,
  type PreviewPlan,
  type PreviewSound,
  segmentStart,
} from '../catalog/preview.ts'
import { pictureFilters } from './video-graph.ts'

/** A run of segments of a preview, which one process makes. */
export interface PreviewPiece {
  readonly first: number
  /** The one behind the last. */
  readonly end: number
}

/** Packets that only bring the encoder into the state in which it would be there; the first holds nothing but the encoder's delay. */
const LEAD_PACKETS = 3
/** Sound before the piece that those need, and a bit more for what seeks to a whole packet. */
const EARLIER_SECONDS = 0.1
const LATER_SECONDS = 1

/** Stands before the input. */
export const pieceOfInput = (plan: PreviewPlan, piece: PreviewPiece): readonly string[] => {
  const from = Math.max(0, segmentStart(plan, piece.first) - EARLIER_SECONDS)
  const seconds = segmentStart(plan, piece.end) - from + LATER_SECONDS
  return ['-copyts', '-start_at_zero', ...(from > 0 ? ['-ss', String(from)] : []), '-t', String(seconds)]
}

/**
 * Everything behind the input: a track of pictures into the first target, and one of sound into the second, both as `segmentTrack` takes chunks. Whatever the source
 * does, every segment has its frames and packets: gaps and what is missing at the end are filled with the last picture and with silence. Behind the piece comes the
 * beginning of the next one, which shows where it ends.
 */
export const previewArguments = (
  plan: PreviewPlan,
  piece: PreviewPiece,
  { targets, processors }: { readonly targets: readonly string[]; readonly processors: number },
): readonly string[] => {
  const { media, sound } = plan
  const graph = [
    `[0:${media.video.stream}]${pictureFilters(media.video, plan, frameFilters(plan, piece)).join(',')}[picture]`,
    // Where there is no picture any more to hold.
    `color=c=black:s=${plan.width}x${plan.height}:r=${plan.frameRate},setsar=1,format=yuv420p[nothing]`,
    `[picture][nothing]concat,${pictureEnd(plan, piece).join(',')}[v]`,
    ...(sound ? [`[0:${media.audio?.stream}]${soundFilters(plan, piece, sound).join(',')}[a]`] : []),
  ]
  const [video = '', audio = ''] = targets
  return [
    ...['-filter_complex_threads', '1', '-filter_complex', graph.join(';')],
    ...['-map', '[v]', ...videoEncoder(plan, piece, processors), ...trackOf(piece), '-movie_timescale', '90000', video],
    ...(sound ? ['-map', '[a]', ...audioEncoder(sound), ...trackOf(piece), audio] : []),
  ]
}

const isLast = (plan: PreviewPlan, { end }: PreviewPiece): boolean => end >= plan.segments

/** Frames lie on multiples of the rate, counted from the beginning of the film, wherever the piece begins. */
const frameFilters = (plan: PreviewPlan, piece: PreviewPiece): readonly string[] => [
  `fps=${plan.frameRate}:start_time=${segmentStart(plan, piece.first)}`,
  'tpad=stop_mode=clone:stop=-1',
]

const pictureEnd = (plan: PreviewPlan, piece: PreviewPiece): readonly string[] => {
  const frameAt = (segment: number) => Math.round(segmentStart(plan, segment) * plan.frameRate)
  const end = frameAt(piece.end) + (isLast(plan, piece) ? 0 : 1)
  return [`settb=1/${plan.frameRate}`, `setpts=${frameAt(piece.first)}+N`, `trim=end_pts=${end}`]
}

const soundFilters = (plan: PreviewPlan, piece: PreviewPiece, sound: PreviewSound): readonly string[] => {
  const first = Math.max(0, firstPacket(plan, sound, piece.first) - LEAD_PACKETS) * PACKET_SAMPLES
  const end = (firstPacket(plan, sound, piece.end) + (isLast(plan, piece) ? 0 : 2)) * PACKET_SAMPLES
  return [
    `aresample=${sound.sampleRate}:async=1:first_pts=${first}`,
    `aformat=sample_rates=${sound.sampleRate}:channel_layouts=${sound.channels === 1 ? 'mono' : 'stereo'}`,
    // Where there is no sound any more, silence would begin at 0.
    ...['apad', `asetpts=${first}+N`, `atrim=end_pts=${end}`],
  ]
}

const videoEncoder = (plan: PreviewPlan, piece: PreviewPiece, processors: number): readonly string[] => [
  ...['-c:v', 'libx264', '-threads', String(Math.min(processors, 4)), '-preset', 'superfast', '-profile:v', 'main'],
  ...[
    '-b:v',
    `${PREVIEW_KBPS.video.average}k`,
    '-maxrate',
    `${PREVIEW_KBPS.video.peak}k`,
    '-bufsize',
    `${2 * PREVIEW_KBPS.video.average}k`,
  ],
  // Else the level would be that of as many frames a second as there are ticks, which players refuse.
  ...['-x264-params', `fps=${plan.frameRate}`],
  // No more keyframes than those of segments.
  ...['-g', String(plan.frameRate * PREVIEW_SEGMENT_SECONDS), '-sc_threshold', '0'],
  ...['-force_key_frames', segmentTimes(plan, piece).join(',')],
  ...['-fps_mode', 'vfr', '-enc_time_base', '1:90000'],
]

const segmentTimes = (plan: PreviewPlan, { first, end }: PreviewPiece): readonly string[] =>
  Array.from({ length: end - first + 1 }, (_, n) => Math.max(0, segmentStart(plan, first + n) - 0.000_001).toFixed(6))

const audioEncoder = ({ channels, sampleRate }: PreviewSound): readonly string[] => [
  ...['-c:a', 'aac', '-b:a', `${PREVIEW_KBPS.audio.average}k`, '-ac', String(channels), '-ar', String(sampleRate)],
]

/** A later piece says in its fragments when it begins. */
const trackOf = ({ first }: PreviewPiece): readonly string[] => [
  ...['-map_metadata', '-1', '-map_chapters', '-1', '-sn', '-dn', '-f', 'mp4', '-movflags'],
  `+frag_keyframe+delay_moov+default_base_moof+skip_sidx${first > 0 ? '+frag_discont' : ''}`,
  // Somebody waits for the header, and for the first packets behind a segment, which show that it is complete.
  ...['-frag_duration', '250000'],
]

/** What it takes at most, and room for headers. */
export const mostBytes = (plan: PreviewPlan, piece: PreviewPiece): number =>
  (segmentStart(plan, piece.end) - segmentStart(plan, piece.first) + LATER_SECONDS) *
    ((PREVIEW_KBPS.video.peak + PREVIEW_KBPS.audio.peak) * 1000) +
  (16 << 20)

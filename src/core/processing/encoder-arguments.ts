import { assertNever } from '../shared/assert-never.ts'
import {
  type AudioTrack,
  type Chunk,
  copiesPicture,
  type EncodePlan,
  rungsOf,
  soundsOf,
  type VideoRung,
} from './encode-plan.ts'
import type { PlannedTrack } from './ports.ts'
import { decodedSound, encodedSound, FROM_DECODED, type SoundForm } from './sound-arguments.ts'
import { videoGraph } from './video-graph.ts'

export interface EncoderSettings {
  /** Which of the inputs holds the sound. */
  readonly soundInput: 0 | 1
  /** Which of them holds the picture of the first mark; the others follow. */
  readonly firstMarkInput?: number
  /** Processors that this encode may keep busy. */
  readonly processors: number
  /** One per output, e.g. `pipe:3`. */
  readonly targets: readonly string[]
}

/**
 * What the process that reads the source writes: tracks that are finished; the sound decoded, which a second process encodes
 * (`soundArguments`); of what is copied, what tells that the source becomes another one on the way: the headers that come beside the
 * packets, and packets of sound that have their headers in themselves.
 */
export type EncoderOutput =
  | PlannedTrack
  | { readonly type: 'decoded_sound' | 'picture_headers' | 'sound_headers' | 'sound_packets' }

export const encoderOutputs = (plan: EncodePlan): readonly EncoderOutput[] => [
  ...rungsOf(plan).map((rung) => ({ type: 'video', rung }) as const),
  ...soundsOf(plan).flatMap(({ copied }, sound) => (copied ? [{ type: 'audio', sound } as const] : [])),
  ...(soundsOf(plan).some(({ copied }) => !copied) ? [{ type: 'decoded_sound' } as const] : []),
  ...(copiesPicture(plan) ? [{ type: 'picture_headers' } as const] : []),
  ...(soundsOf(plan).some(({ copied }) => copied)
    ? [{ type: 'sound_headers' } as const, { type: 'sound_packets' } as const]
    : []),
]

/**
 * Everything behind the inputs of the process that decodes the source, once for the whole ladder. Each track is fragmented MP4; its moov
 * waits for the first packets (`delay_moov`), so that the edit list carries B-frame delay, AAC priming and a late start.
 */
export const encoderArguments = (plan: EncodePlan, settings: EncoderSettings): readonly string[] => [
  // The scalers' slice threads cost 5 % more CPU than they save here: the encoders keep the processors busy anyway.
  ...['-filter_complex_threads', '1'],
  ...(rungsOf(plan, 'encoded').length > 0 ? ['-filter_complex', videoGraph(plan, settings.firstMarkInput)] : []),
  ...encoderOutputs(plan).flatMap((output, n) => [
    ...outputArguments(plan, output, settings),
    settings.targets[n] ?? '',
  ]),
]

/** The whole command of the process that reads the decoded sound and encodes it, into a target per sound. */
export const soundArguments = ({ sounds }: EncodePlan, targets: readonly string[]): readonly string[] => [
  ...FROM_DECODED,
  ...sounds.flatMap((sound, n) => [
    ...[...encodedSound(sound.codec, sound.bitrateKbps, sound), ...CLEAN, ...SOUND_TRACK],
    targets[n] ?? '',
  ]),
]

const outputArguments = (plan: EncodePlan, output: EncoderOutput, settings: EncoderSettings): readonly string[] => {
  const picture = ['-map', `0:${plan.media.video?.stream}`]
  const sound = ['-map', `${settings.soundInput}:${plan.media.audio?.stream}`]
  switch (output.type) {
    case 'video':
      return [...rungArguments(plan, output.rung, settings.processors), ...CLEAN, ...pictureTrack(plan)]
    case 'audio':
      return [...sound, ...copiedSound(plan.sounds[output.sound]), ...CLEAN, ...SOUND_TRACK]
    case 'decoded_sound':
      return [...sound, ...decodedSound(largestOf(plan.sounds))]
    case 'picture_headers':
      return [...picture, '-c:v', 'copy', ...LISTED]
    case 'sound_headers':
      return [...sound, '-c:a', 'copy', ...LISTED]
    case 'sound_packets':
      return [...sound, '-c:a', 'copy', '-f', 'data']
    default:
      return assertNever(output)
  }
}

const rungArguments = (plan: EncodePlan, at: number, processors: number): readonly string[] => {
  const rung = plan.rungs[at]
  if (!rung) throw new Error('outputs are those of the plan')
  if (rung.copied) return ['-map', `0:${plan.media.video?.stream}`, '-c:v', 'copy', ...tagOf(plan), ...COPIED]
  return ['-map', `[v${at}]`, ...videoArguments(plan, rung, encoderThreads(rung, processors))]
}

/** An edit list tells a late start in the time of the movie, which is milliseconds otherwise. */
const FINE_EDITS = ['-movie_timescale', '90000']

/** A chunk begins in the middle of the film: its fragments say when (`frag_discont`), not an empty edit, whose unit is a millisecond. */
const pictureTrack = (plan: EncodePlan): readonly string[] => {
  const later = startOf(plan) > 0 ? '+frag_discont' : ''
  const flags = `+frag_keyframe+delay_moov+default_base_moof+skip_sidx${later}`
  return ['-f', 'mp4', ...FINE_EDITS, '-movflags', flags]
}
const SOUND_TRACK = ['-f', 'mp4', '-movflags', '+delay_moov+default_base_moof+skip_sidx', '-frag_duration', '1000000']

/** None of the sounds loses anything by it. */
const largestOf = (sounds: readonly AudioTrack[]): SoundForm => ({
  channels: Math.max(...sounds.map(({ channels }) => channels)),
  sampleRate: Math.max(...sounds.map(({ sampleRate }) => sampleRate)),
})

/** The MP4 beside takes its header from the first packets; here each says whether the source brought another one with it. */
const LISTED = ['-f', 'framehash', '-hash', 'CRC32']

/** AAC out of MPEG-TS has its headers in every packet; MP4 has them once. What has none passes through. */
const copiedSound = (sound: AudioTrack | undefined): readonly string[] => [
  ...['-c:a', 'copy'],
  ...(sound?.codec === 'aac' ? ['-bsf:a', 'aac_adtstoasc'] : []),
]

/**
 * The ticks of what is encoded: hls.js takes a rung that counts otherwise for one that begins at another time. Until a fragment ends
 * its bytes are in FFmpeg's memory, and a source may have no second keyframe.
 */
const COPIED = ['-video_track_timescale', '90000', '-frag_size', String(64 << 20)]

/** Nothing of the source's own words gets into an output. */
const CLEAN = ['-map_metadata', '-1', '-map_chapters', '-1', '-sn', '-dn']

/**
 * One thread per encoder costs 4-10 % less CPU and a fifth less memory (measured on 2 cores, where four encoders and a
 * decoder fill the machine anyway); with more processors the largest rungs would be the critical path.
 */
const encoderThreads = (rung: VideoRung, processors: number): number =>
  Math.max(1, Math.min(16, Math.floor(processors / (rung.effort === 'veryfast' ? 4 : 2))))

const videoArguments = (plan: EncodePlan, rung: VideoRung, threads: number): readonly string[] => [
  ...(plan.videoCodec === 'h265' ? h265Arguments(plan, rung, threads) : h264Arguments(rung, threads)),
  ...['-b:v', `${rung.averageKbps}k`, '-maxrate', `${Math.round(rung.bitrateKbps * 1.5)}k`],
  ...['-bufsize', `${rung.bitrateKbps * 2}k`],
  ...keyframeArguments(plan, rung),
  ...OWN_TIMES,
]

const h264Arguments = (rung: VideoRung, threads: number): readonly string[] => [
  ...['-c:v', 'libx264', '-threads', String(threads)],
  ...['-preset', rung.effort === 'turbo' ? 'superfast' : rung.effort, ...x264Parameters(rung)],
  ...['-profile:v', 'high', '-pix_fmt', 'yuv420p'],
]

/**
 * x265 has names of its own for the keyframes, and takes a forced one for a random access point that earlier frames may be shown
 * after, unless told otherwise. superfast beats veryfast here: the same VMAF for a fifth less CPU (measured).
 */
const h265Arguments = (plan: EncodePlan, rung: VideoRung, threads: number): readonly string[] => {
  const { frames, frameRate } = rung
  const parameters = [
    ...['log-level=error', `pools=${threads}`, 'open-gop=0', 'scenecut=40'],
    ...[`keyint=${longestGop(plan.segmentSeconds, frameRate)}`, `min-keyint=${shortestGop(frameRate)}`],
    ...(frames.keep === 'spaced' ? [`fps=${frameRate}`] : []),
  ]
  return [
    ...['-c:v', 'libx265', '-threads', String(threads), '-preset', 'superfast', '-forced-idr', '1'],
    ...['-x265-params', parameters.join(':'), '-profile:v', 'main', '-pix_fmt', 'yuv420p', ...tagOf(plan)],
  ]
}

/** Apple's players take no other. */
const tagOf = ({ videoCodec }: EncodePlan): readonly string[] => (videoCodec === 'h265' ? ['-tag:v', 'hvc1'] : [])

const longestGop = (segmentSeconds: number, frameRate: number): number => Math.ceil(segmentSeconds * frameRate)

const shortestGop = (frameRate: number): number => Math.max(1, Math.round(frameRate / 2))

/**
 * What superfast lacks most is mbtree: +2.5 VMAF for 5 % CPU (measured). A variable rate is announced as its cap: the header
 * of the source may say thousands, and then the level would be one that no player takes.
 */
const x264Parameters = (rung: VideoRung): readonly string[] => {
  const { frames, frameRate, effort } = rung
  const parameters = [
    ...(effort === 'turbo' ? ['mbtree=1:rc-lookahead=20:partitions=i8x8,i4x4,p8x8'] : []),
    ...(frames.keep === 'spaced' ? [`fps=${frameRate}`] : []),
  ]
  return parameters.length > 0 ? ['-x264-params', parameters.join(':')] : []
}

/**
 * Keyframes at the grid in every rung, or switching breaks; more of them at scene cuts, which gains 1 VMAF for nothing.
 * The microsecond makes up for binary fractions and is less than any tick that a source can have.
 */
const keyframeArguments = (plan: EncodePlan, { frameRate }: VideoRung): readonly string[] => [
  ...['-g', String(longestGop(plan.segmentSeconds, frameRate))],
  ...['-keyint_min', String(shortestGop(frameRate)), '-sc_threshold', '40'],
  ...['-force_key_frames', plan.part?.type === 'chunk' ? gridTimes(plan, plan.part) : gridExpression(plan)],
]

const gridExpression = ({ segmentSeconds }: EncodePlan): string => `expr:gte(t,n_forced*${segmentSeconds}-0.000001)`

/** An expression would count from the first frame of the chunk, which seldom lies on the grid. */
const gridTimes = (plan: EncodePlan, { startSeconds, endSeconds }: Chunk): string => {
  const end = endSeconds ?? plan.media.durationMs / 1000 + plan.segmentSeconds
  const segments = Math.floor((end - startSeconds) / plan.segmentSeconds)
  const times = Array.from({ length: segments + 1 }, (_, n) => startSeconds + n * plan.segmentSeconds)
  return times.map((at) => Math.max(0, at - 0.000001).toFixed(6)).join(',')
}

const startOf = ({ part }: EncodePlan): number => (part?.type === 'chunk' ? part.startSeconds : 0)

/** Every frame keeps the source's own time, in ticks fine enough not to move it: none is doubled and none is dropped. */
const OWN_TIMES = ['-fps_mode', 'vfr', '-enc_time_base', '1:90000']

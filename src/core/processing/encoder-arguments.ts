import type { AudioCodec } from '../catalog/transcode-settings.ts'
import { type AudioTrack, copiesPicture, type EncodePlan, type VideoRung } from './encode-plan.ts'
import { videoGraph } from './video-graph.ts'

export interface EncoderSettings {
  /** Which of the inputs holds the sound. */
  readonly soundInput: 0 | 1
  /** Which of them holds the picture of the first mark; the others follow. */
  readonly firstMarkInput?: number
  /** Processors that this encode may keep busy. */
  readonly processors: number
  /** Target of each track, the plan's rungs in order, then its sounds; e.g. `pipe:3`. One more for `framehash` where `copiesPicture`. */
  readonly targets: readonly string[]
}

/**
 * Everything behind the inputs of the one process that makes the whole ladder. Each track is fragmented MP4; its moov
 * waits for the first packets (`delay_moov`), so that the edit list carries B-frame delay, AAC priming and a late start.
 */
export const encoderArguments = (
  plan: EncodePlan,
  { soundInput, firstMarkInput, processors, targets }: EncoderSettings,
): readonly string[] => [
  // The scalers' slice threads cost 5 % more CPU than they save here: the encoders keep the processors busy anyway.
  ...['-filter_complex_threads', '1'],
  ...(plan.rungs.some(({ copied }) => !copied) ? ['-filter_complex', videoGraph(plan, firstMarkInput)] : []),
  ...plan.rungs.flatMap((rung, n) => [
    ...(rung.copied
      ? ['-map', `0:${plan.media.video?.stream}`, '-c:v', 'copy', ...tagOf(plan), ...COPIED]
      : ['-map', `[v${n}]`, ...videoArguments(plan, rung, encoderThreads(rung, processors))]),
    ...CLEAN,
    ...['-f', 'mp4', '-movflags', '+frag_keyframe+delay_moov+default_base_moof+skip_sidx', targets[n] ?? ''],
  ]),
  ...(isRemux(plan) ? ['-map', `0:${plan.media.video?.stream}`, ...DECODED] : []),
  ...plan.sounds.flatMap((sound, n) => [
    ...['-map', `${soundInput}:${plan.media.audio?.stream}`],
    ...[...(sound.copied ? copiedSound(sound) : audioArguments(sound)), ...CLEAN],
    ...['-f', 'mp4', '-movflags', '+delay_moov+default_base_moof+skip_sidx', '-frag_duration', '1000000'],
    targets[plan.rungs.length + n] ?? '',
  ]),
  ...(copiesPicture(plan) ? ['-map', `0:${plan.media.video?.stream}`, ...LISTED, targets.at(-1) ?? ''] : []),
]

/** The MP4 beside takes its header from the first packets; here each says whether the source brought another one with it. */
const LISTED = ['-c:v', 'copy', '-f', 'framehash', '-hash', 'CRC32']

const DECODED = ['-vf', 'setpts=N', '-fps_mode', 'passthrough', '-f', 'null', '-']

/** Then the picture is decoded beside, for nothing but to notice damage. */
const isRemux = (plan: EncodePlan): boolean => plan.outputs.length > 0 && copiesPicture(plan)

/** AAC out of MPEG-TS has its headers in every packet; MP4 has them once. What has none passes through. */
const copiedSound = ({ codec }: AudioTrack): readonly string[] => [
  ...['-c:a', 'copy'],
  ...(codec === 'aac' ? ['-bsf:a', 'aac_adtstoasc'] : []),
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
const keyframeArguments = ({ segmentSeconds }: EncodePlan, { frameRate }: VideoRung): readonly string[] => [
  ...['-g', String(longestGop(segmentSeconds, frameRate))],
  ...['-keyint_min', String(shortestGop(frameRate)), '-sc_threshold', '40'],
  ...['-force_key_frames', `expr:gte(t,n_forced*${segmentSeconds}-0.000001)`],
]

/** Every frame keeps the source's own time, in ticks fine enough not to move it: none is doubled and none is dropped. */
const OWN_TIMES = ['-fps_mode', 'vfr', '-enc_time_base', '1:90000']

/** `first_pts=0` and `async=1` fill a late start and gaps with silence, so that the AAC grid of 1,024 samples has no holes. */
const audioArguments = (audio: AudioTrack): readonly string[] => [
  ...['-af', 'aresample=async=1:first_pts=0', ...SOUND_ENCODERS[audio.codec], '-b:a', `${audio.bitrateKbps}k`],
  ...['-ac', String(audio.channels), '-ar', String(audio.sampleRate)],
]

const SOUND_ENCODERS = {
  aac: ['-c:a', 'aac'],
  he_aac_v1: ['-c:a', 'libfdk_aac', '-profile:a', 'aac_he'],
  he_aac_v2: ['-c:a', 'libfdk_aac', '-profile:a', 'aac_he_v2'],
  mp3: ['-c:a', 'libmp3lame'],
} as const satisfies Record<AudioCodec, readonly string[]>

import { MediaFailure } from '../../core/processing/ports.ts'
import { type Exit, explainExit } from './explain-exit.ts'
import { MEASURED_FRAMES, needsMeasuring } from './frame-rate.ts'
import { inputArguments } from './input-arguments.ts'
import { shortRun } from './media-limits.ts'
import { type DecodedFrames, hasAudioFrame, parseFrames } from './parse-frames.ts'
import type { ProbedAudio, ProbedInput, ProbedVideo } from './parse-probe.ts'
import type { RegisteredSource } from './range-proxy.ts'
import { repairMatrix } from './repair-matrix.ts'
import { runFfmpeg } from './run.ts'
import type { ToolContext } from './tool-context.ts'

/** The streams that an encode would use, each proven by decoding. */
export interface DecodedStreams {
  readonly video?: { readonly stream: ProbedVideo; readonly frames: DecodedFrames }
  readonly audio?: ProbedAudio
}

interface Subject {
  readonly source: RegisteredSource
  readonly input: ProbedInput
}

const FRAMES = 3
const STDERR_BYTES = 1 << 18

/**
 * Decodes the first frames of the likeliest video and audio stream. A header may promise streams that have no frames, or
 * that no decoder takes; then the next audio stream is tried, and the rest goes on without. Throws when nothing is left.
 */
export const checkStreams = async (
  tool: ToolContext,
  subject: Subject,
  signal: AbortSignal,
): Promise<DecodedStreams> => {
  const { input } = subject
  const video = videoCandidate(tool, input)
  const [firstAudio, ...otherAudio] = audioCandidates(tool, input)
  const decode = (streams: Wanted): Promise<Found> => decodeStart(tool, { ...subject, ...streams }, signal)
  const both = await decode({ video, audio: firstAudio })
  // A decoder that does not even open ends FFmpeg as a whole: then each stream gets a run of its own.
  const frames = both.frames ?? (video && firstAudio ? (await decode({ video, audio: undefined })).frames : undefined)
  let audio = both.hasAudio ? firstAudio : undefined
  for (const candidate of video && firstAudio ? [firstAudio, ...otherAudio] : otherAudio) {
    audio ??= (await decode({ video: undefined, audio: candidate })).hasAudio ? candidate : undefined
  }
  if (!frames && !audio) throw nothingToDecode(input, both.exit)
  return { ...(video && frames ? { video: { stream: video, frames } } : {}), ...(audio ? { audio } : {}) }
}

const videoCandidate = (tool: ToolContext, input: ProbedInput): ProbedVideo | undefined => {
  const streams = input.streams
    .filter((stream) => stream.type === 'video')
    .filter((stream) => !stream.attachedPicture && stream.width > 0 && decodable(tool, stream.codec))
  return streams.find((stream) => stream.isDefault) ?? streams[0]
}

/** The default one first. */
const audioCandidates = (tool: ToolContext, input: ProbedInput): readonly ProbedAudio[] =>
  input.streams
    .filter((stream) => stream.type === 'audio')
    .filter((stream) => stream.sampleRate > 0 && decodable(tool, stream.codec))
    .toSorted((a, b) => Number(b.isDefault) - Number(a.isDefault))

const decodable = ({ capabilities }: ToolContext, codec: string): boolean => capabilities.decodable.has(codec)

interface Wanted {
  readonly video: ProbedVideo | undefined
  readonly audio: ProbedAudio | undefined
}

interface Found {
  readonly frames: DecodedFrames | undefined
  readonly hasAudio: boolean
  readonly exit: Exit | undefined
}

const decodeStart = async (
  tool: ToolContext,
  { source, video, audio }: Subject & Wanted,
  signal: AbortSignal,
): Promise<Found> => {
  if (!video && !audio) return { frames: undefined, hasAudio: false, exit: undefined }
  const repair = repairMatrix(tool, video && { ...video, stream: video.index })
  const exit = await runFfmpeg({
    ffmpegPath: tool.ffmpegPath,
    args: [
      ...['-threads', String(tool.processors), ...inputArguments(source.url, repair)],
      ...(video ? videoArguments(video) : []),
      ...(audio ? ['-map', `0:${audio.index}`, '-frames:a', '1', '-af', 'ashowinfo', '-f', 'null', '-'] : []),
    ],
    limits: shortRun(tool.limits),
    stderrBytes: STDERR_BYTES,
    isWaiting: () => source.reader.isWaiting,
    signal,
  })
  if (source.reader.failure) throw source.reader.failure
  const failure = explainExit(exit)
  if (failure && !failure.permanent) throw failure
  return { frames: parseFrames(exit.stderr), hasAudio: hasAudioFrame(exit.stderr), exit }
}

const videoArguments = (video: ProbedVideo): readonly string[] => {
  const frames = needsMeasuring(video) ? MEASURED_FRAMES : FRAMES
  const show = ['-vf', 'showinfo=checksum=0', '-fps_mode', 'passthrough', '-f', 'null', '-']
  return ['-map', `0:${video.index}`, '-frames:v', String(frames), ...show]
}

const nothingToDecode = (input: ProbedInput, exit: Exit | undefined): MediaFailure => {
  const codecs = input.streams.flatMap((stream) => (stream.type === 'other' ? [] : [`${stream.type} ${stream.codec}`]))
  const cause = exit && explainExit(exit)
  return codecs.length === 0
    ? new MediaFailure('the file has neither video nor audio', { permanent: true, cause })
    : new MediaFailure(`nothing in the file could be decoded (${[...new Set(codecs)].join(', ')})`, {
        permanent: true,
        cause,
      })
}

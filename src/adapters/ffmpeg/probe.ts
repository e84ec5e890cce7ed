import type { SourceMedia, SourceSubtitle, SourceVideo } from '../../core/catalog/media.ts'
import { parseLanguage } from '../../core/catalog/subtitles.ts'
import { MediaFailure, type PinnedSource } from '../../core/processing/ports.ts'
import { checkStreams, type DecodedStreams } from './check-streams.ts'
import { complaintsIn, explainExit } from './explain-exit.ts'
import { frameRateOf } from './frame-rate.ts'
import { inputArguments } from './input-arguments.ts'
import { measureDuration } from './measure-duration.ts'
import { shortRun } from './media-limits.ts'
import { checkMp4 } from './mp4-boxes.ts'
import type { DecodedFrames } from './parse-frames.ts'
import { type ProbedInput, type ProbedSubtitle, type ProbedVideo, parseProbe } from './parse-probe.ts'
import type { RegisteredSource } from './range-proxy.ts'
import { runFfmpeg } from './run.ts'
import { notMedia } from './sniff.ts'
import type { ToolContext } from './tool-context.ts'

const HEAD_BYTES = 512
/** Tags may be long; what matters stands among them. */
const PROBE_STDERR_BYTES = 1 << 20

/** `MediaTool.probe`: what the header says, then what a decoder makes of the streams that we would use. */
export const probe = async (tool: ToolContext, object: PinnedSource, signal: AbortSignal): Promise<SourceMedia> => {
  using source = tool.proxy.register(object)
  try {
    await checkBytes(source, object.sizeBytes)
    const input = await readHeader(tool, source, signal)
    const streams = await checkStreams(tool, { source, input }, signal)
    const durationMs = await settleDuration(tool, { source, input }, signal)
    return describe(input, streams, { durationMs, sizeBytes: object.sizeBytes })
  } catch (error) {
    signal.throwIfAborted()
    // What FFmpeg says when the store fails is only a consequence.
    throw source.reader.failure ?? error
  }
}

const checkBytes = async ({ reader }: RegisteredSource, sizeBytes: number): Promise<void> => {
  const reason = notMedia(sizeBytes === 0 ? Buffer.alloc(0) : await reader.bytes(0, HEAD_BYTES))
  if (reason) throw new MediaFailure(reason, { permanent: true })
  await checkMp4((start, length) => reader.bytes(start, length), sizeBytes)
}

export const readHeader = async (
  tool: ToolContext,
  source: RegisteredSource,
  signal: AbortSignal,
): Promise<ProbedInput> => {
  const exit = await runFfmpeg({
    ffmpegPath: tool.ffmpegPath,
    args: inputArguments(source.url),
    limits: shortRun(tool.limits),
    stderrBytes: PROBE_STDERR_BYTES,
    isWaiting: () => source.reader.isWaiting,
    signal,
  })
  const input = parseProbe(exit.stderr)
  if (input) return input
  if (source.reader.failure) throw source.reader.failure
  const failure = explainExit(exit)
  if (exit.stop || exit.signal || (failure && !failure.permanent)) throw failure
  throw new MediaFailure(unknownFormat(exit.stderr), { permanent: true, cause: failure })
}

const unknownFormat = (stderr: string): string => {
  if (/not on (?:the )?whitelist/i.test(stderr)) return 'the file is of a kind that is not accepted'
  if (/moov atom not found/.test(stderr)) return 'the file is no media file, or an MP4 without its index (moov)'
  const detail = complaintsIn(stderr).find((line) => !/^Error opening input|whitelist/.test(line))
  return `the file is not a video or audio file that can be read${detail ? `: ${detail}` : ''}`
}

interface Subject {
  readonly source: RegisteredSource
  readonly input: ProbedInput
}

/** 500 bit/s: no media are so thin; such a duration is a broken header (a fragmented MP4 may claim days). */
const ABSURD_BITS_PER_MS = 0.5
/** For what is too large to be measured: a guess, which only bounds the work. */
const GUESSED_BITS_PER_MS = 500

const settleDuration = async (tool: ToolContext, { source, input }: Subject, signal: AbortSignal): Promise<number> => {
  const { durationMs, durationEstimated } = input
  const bits = source.reader.object.sizeBytes * 8
  const credible = durationMs !== undefined && durationMs > 0 && bits / durationMs >= ABSURD_BITS_PER_MS
  if (credible && !durationEstimated) return durationMs
  return (await measureDuration(tool, source, signal)) ?? durationMs ?? Math.round(bits / GUESSED_BITS_PER_MS)
}

const describe = (
  input: ProbedInput,
  { video, audio }: DecodedStreams,
  { durationMs, sizeBytes }: { readonly durationMs: number; readonly sizeBytes: number },
): SourceMedia => {
  const picture = input.streams.find((stream) => stream.type === 'video' && stream.attachedPicture)
  const subtitles = input.streams.filter((stream) => stream.type === 'subtitle')
  return {
    container: input.container,
    durationMs,
    bitRateKbps: durationMs > 0 ? Math.round((sizeBytes * 8) / durationMs) : 0,
    ...(video ? { video: describeVideo(video.stream, video.frames) } : {}),
    ...(audio
      ? {
          audio: {
            stream: audio.index,
            codec: audio.codec,
            channels: audio.channels,
            sampleRate: audio.sampleRate,
          },
        }
      : {}),
    ...(picture ? { pictureStream: picture.index } : {}),
    ...(subtitles.length > 0 && { subtitles: subtitles.slice(0, MOST_SUBTITLES).map(describeSubtitle) }),
    audioStreams: input.streams.filter((stream) => stream.type === 'audio').length,
  }
}

/** A file may name thousands. */
const MOST_SUBTITLES = 100
const MOST_TITLE_CHARACTERS = 60

/** Titles are a stranger's. */
const describeSubtitle = ({ index, codec, language, title }: ProbedSubtitle): SourceSubtitle => {
  const known = language === undefined ? undefined : parseLanguage(language)
  const shown = [...(title ?? '').replace(/\p{Cc}/gu, ' ')].slice(0, MOST_TITLE_CHARACTERS).join('').trim()
  return {
    stream: index,
    codec,
    ...(known !== undefined && known !== 'und' && { language: known }),
    ...(shown !== '' && { title: shown }),
  }
}

const describeVideo = (stream: ProbedVideo, frames: DecodedFrames): SourceVideo => {
  const interlaced = stream.interlaced || frames.interlaced
  const { frameRate, variable } = frameRateOf({ ...stream, interlaced }, frames.times)
  return {
    stream: stream.index,
    codec: stream.codec,
    width: Math.max(1, Math.round(frames.width * frames.sampleAspect)),
    height: frames.height,
    codedWidth: stream.width,
    codedHeight: stream.height,
    anamorphic: frames.sampleAspect !== 1,
    rotation: stream.rotation,
    frameRate,
    variableFrameRate: variable,
    interlaced,
    hdr: stream.hdr || frames.hdr,
    ...(stream.strangeMatrix !== undefined && { strangeMatrix: stream.strangeMatrix }),
    ...(stream.matrix !== undefined && { matrix: stream.matrix }),
    pixelFormat: frames.pixelFormat,
  }
}

import type { SourceMedia } from '../../core/catalog/media.ts'
import { explainExit } from './explain-exit.ts'
import { inputArguments } from './input-arguments.ts'
import { shortRun } from './media-limits.ts'
import type { RegisteredSource } from './range-proxy.ts'
import { runFfmpeg } from './run.ts'
import type { ToolContext } from './tool-context.ts'

interface Measuring {
  readonly media: Pick<SourceMedia, 'video' | 'durationMs'>
  readonly signal: AbortSignal
}

const MEASURED_SECONDS = 30

/** Seconds between keyframes, on average over the beginning; infinite where there is but one: perhaps no other follows. */
export const keyframeGap = async (
  tool: ToolContext,
  source: RegisteredSource,
  { media, signal }: Measuring,
): Promise<number> => {
  const seconds = Math.min(MEASURED_SECONDS, media.durationMs / 1000)
  const exit = await runFfmpeg({
    ffmpegPath: tool.ffmpegPath,
    args: [
      ...['-v', 'error', '-threads', '1', '-skip_frame', 'nokey', '-t', String(seconds), ...inputArguments(source.url)],
      ...['-map', `0:${media.video?.stream ?? 'v:0'}`, '-fps_mode', 'passthrough', '-f', 'null', '-'],
    ],
    limits: shortRun(tool.limits),
    isWaiting: () => source.reader.isWaiting,
    signal,
  })
  const failure = source.reader.failure ?? explainExit(exit)
  if (failure) throw failure
  const { frames } = exit.progress
  return frames > 1 ? seconds / frames : Number.POSITIVE_INFINITY
}

import type { SourceMedia } from '../../core/catalog/media.ts'
import type { PinnedSource } from '../../core/processing/ports.ts'
import { complaintOf, explainExit } from './explain-exit.ts'
import { inputArguments } from './input-arguments.ts'
import { encodeRun } from './media-limits.ts'
import { runFfmpeg } from './run.ts'
import type { ToolContext } from './tool-context.ts'

/** `MediaTool.findDamage`. */
export const findDamage = async (
  tool: ToolContext,
  object: PinnedSource,
  { media, signal }: { readonly media: SourceMedia; readonly signal: AbortSignal },
): Promise<string | undefined> => {
  using source = tool.proxy.register(object)
  const exit = await runFfmpeg({
    ffmpegPath: tool.ffmpegPath,
    args: [
      // Every bit is still read, and a fifth of the time saved.
      ...['-v', 'error', '-threads', String(Math.min(tool.processors, 16)), '-skip_loop_filter', 'all'],
      ...['-xerror', ...inputArguments(source.url), '-map', `0:${media.video?.stream ?? 'v:0'}`],
      // The stream's own ticks: in those of a guessed rate, two frames of an uneven source may fall together.
      ...['-vf', 'setpts=N', '-fps_mode', 'passthrough', '-enc_time_base', '-1', '-f', 'null', '-'],
    ],
    limits: encodeRun(tool.limits, media.durationMs),
    isWaiting: () => source.reader.isWaiting,
    signal,
  })
  if (source.reader.failure) throw source.reader.failure
  const damage = complaintOf(exit)
  const failure = explainExit(exit)
  if (failure && damage === undefined) throw failure
  return damage
}

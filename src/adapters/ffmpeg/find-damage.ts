import type { SourceMedia } from '../../core/catalog/media.ts'
import type { PinnedSource } from '../../core/processing/ports.ts'
import { COUNTED, UNFILTERED } from './decode.ts'
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
      ...['-v', 'error', '-xerror', '-threads', String(Math.min(tool.processors, 16)), ...UNFILTERED],
      ...[...inputArguments(source.url), '-map', `0:${media.video?.stream ?? 'v:0'}`, ...COUNTED],
    ],
    limits: encodeRun(tool.limits, media.durationMs),
    isWaiting: () => source.reader.isWaiting,
    signal,
  })
  if (source.reader.failure) throw source.reader.failure
  const damage = complaintOf(exit)
  const failure = damage === undefined ? explainExit(exit) : undefined
  if (failure) throw failure
  return damage
}

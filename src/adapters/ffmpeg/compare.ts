import type { EncodePlan } from '../../core/processing/encode-plan.ts'
import { type EncodedRung, MediaFailure, type PinnedSource } from '../../core/processing/ports.ts'
import { comparisonGraph } from '../../core/processing/video-graph.ts'
import { explainExit } from './explain-exit.ts'
import { encodeRun } from './media-limits.ts'
import { planInputs } from './plan-inputs.ts'
import { runFfmpeg } from './run.ts'
import type { ToolContext } from './tool-context.ts'

interface Comparison {
  readonly plan: EncodePlan
  readonly encoded: EncodedRung
}

/** `MediaTool.compare`. Damage is passed over: both sides show the same of it. */
export const compare = async (
  tool: ToolContext,
  object: PinnedSource,
  { plan, encoded: { rung, bytes, signal } }: Comparison,
): Promise<number> => {
  using source = tool.proxy.register(object)
  const exit = await runFfmpeg({
    ffmpegPath: tool.ffmpegPath,
    args: [
      // The score is said at this level alone.
      ...['-v', 'info', '-threads', '1', '-max_error_rate', '1', '-filter_complex_threads', '1'],
      ...planInputs(tool, plan, source.url),
      ...['-protocol_whitelist', 'pipe', '-f', 'mp4', '-i', 'pipe:0'],
      ...['-filter_complex', comparisonGraph(plan, rung), '-fps_mode', 'passthrough', '-f', 'null', '-'],
    ],
    limits: encodeRun(tool.limits, plan.media.durationMs),
    input: bytes,
    isWaiting: () => source.reader.isWaiting,
    signal,
  })
  const failure = source.reader.failure ?? explainExit(exit)
  if (failure) throw failure
  // The last one: before it come the source's own tags, which may say anything.
  const score = [...exit.stderr.matchAll(/VMAF score: (\d+(?:\.\d+)?)/g)].at(-1)?.[1]
  if (score === undefined) throw new MediaFailure('no pictures to compare', { permanent: true })
  return Number(score)
}

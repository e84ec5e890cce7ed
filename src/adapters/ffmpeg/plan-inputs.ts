import type { Chunk, EncodePlan } from '../../core/processing/encode-plan.ts'
import { inputArguments } from './input-arguments.ts'
import { repairMatrix } from './repair-matrix.ts'
import type { ToolContext } from './tool-context.ts'

/** The source as the plan wants it: once, once per span, or from some time before its chunk to some time after. */
export const planInputs = (tool: ToolContext, { spans, media, part }: EncodePlan, url: string): readonly string[] => {
  const input = inputArguments(url, repairMatrix(tool, media.video))
  if (part?.type === 'chunk') return [...around(part, media.video?.frameRate ?? 1), ...input]
  if (!spans) return input
  return spans.flatMap(({ startSeconds, seconds }) => ['-ss', String(startSeconds), '-t', String(seconds), ...input])
}

/** Which frames are its own the filters decide, exactly. */
const EARLIER_SECONDS = 0.5

/** With the times of the film. Far enough to reach the first frame of the next chunk. */
const around = ({ startSeconds, endSeconds }: Chunk, frameRate: number): readonly string[] => {
  const from = Math.max(0, startSeconds - EARLIER_SECONDS)
  const until = endSeconds === undefined ? undefined : endSeconds + Math.max(1, 3 / frameRate)
  return [
    ...['-copyts', '-start_at_zero'],
    ...(from > 0 ? ['-ss', String(from)] : []),
    ...(until === undefined ? [] : ['-t', String(until - from)]),
  ]
}

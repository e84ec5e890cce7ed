import type { EncodePlan } from '../../core/processing/encode-plan.ts'
import { inputArguments } from './input-arguments.ts'
import { repairMatrix } from './repair-matrix.ts'
import type { ToolContext } from './tool-context.ts'

/** The source as the plan wants it: once, or once per span. */
export const planInputs = (tool: ToolContext, { spans, media }: EncodePlan, url: string): readonly string[] => {
  const input = inputArguments(url, repairMatrix(tool, media.video))
  if (!spans) return input
  return spans.flatMap(({ startSeconds, seconds }) => ['-ss', String(startSeconds), '-t', String(seconds), ...input])
}

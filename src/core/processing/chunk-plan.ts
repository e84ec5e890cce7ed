import { isSegmented } from '../catalog/rendition.ts'
import { type EncodePart, type EncodePlan, rungsOf } from './encode-plan.ts'

/** A header may say that a small file lasts for years. */
const MOST_CHUNKS = 2_000
/** Of all rungs that become files, whose tables the join holds: four hours of three. */
const MOST_KEPT_FRAMES = 1_300_000

/**
 * The parts in which this plan is encoded, the longest first; none: in one piece. Chunks are whole segments, `chunkSeconds` or a little more;
 * the last one takes what is left.
 */
export const partsOf = (plan: EncodePlan, chunkSeconds: number): readonly EncodePart[] => {
  const encoded = rungsOf(plan, 'encoded')
  const keepsAll = plan.rungs.every(({ copied, frames }) => copied || frames.keep === 'all')
  if (encoded.length === 0 || !keepsAll) return []
  if (keptFrames(plan) > MOST_KEPT_FRAMES) return []
  const wanted = Math.max(chunkSeconds, plan.media.durationMs / 1000 / MOST_CHUNKS)
  const seconds = Math.ceil(wanted / plan.segmentSeconds) * plan.segmentSeconds
  const count = Math.floor(plan.media.durationMs / 1000 / seconds)
  if (count < 2) return []
  const hasRest = plan.sounds.length > 0 || rungsOf(plan, 'copied').length > 0
  return [
    ...(hasRest ? [{ type: 'rest' } as const] : []),
    ...Array.from({ length: count }, (_, n) => ({
      type: 'chunk' as const,
      startSeconds: n * seconds,
      ...(n + 1 < count && { endSeconds: (n + 1) * seconds }),
    })),
  ]
}

const keptFrames = ({ media, rungs, outputs }: EncodePlan): number => {
  const kept = new Set(outputs.flatMap(({ format, rung }) => (isSegmented(format) ? [] : (rung ?? []))))
  return [...kept].reduce((sum, at) => sum + ((rungs[at]?.frameRate ?? 0) * media.durationMs) / 1000, 0)
}

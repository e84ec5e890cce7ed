import { type EncodePart, type EncodePlan, rungsOf } from './encode-plan.ts'

/**
 * The parts in which this plan is encoded, the longest first; none: in one piece. Chunks are whole segments, `chunkSeconds` or a little more;
 * the last one takes what is left.
 */
export const partsOf = (plan: EncodePlan, chunkSeconds: number): readonly EncodePart[] => {
  const encoded = rungsOf(plan, 'encoded')
  const keepsAll = plan.rungs.every(({ copied, frames }) => copied || frames.keep === 'all')
  if (encoded.length === 0 || !keepsAll) return []
  const seconds = Math.ceil(chunkSeconds / plan.segmentSeconds) * plan.segmentSeconds
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

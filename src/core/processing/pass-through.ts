import { createParameterCheck } from '../packaging/parameter-check.ts'
import { createIndependenceCheck } from '../packaging/random-access.ts'
import { earliestPresentation } from '../packaging/sample.ts'
import { segmentTrack } from '../packaging/segment-track.ts'
import { TrackDefect } from '../packaging/track-defect.ts'
import type { TrackSegment } from '../packaging/track-part.ts'
import { type CopiedTrack, fitsRung, MOST_INTERVALS, mayFit } from './copy-fit.ts'
import { copyRungs } from './copy-rungs.ts'
import type { EncodePlan } from './encode-plan.ts'
import { MediaFailure, type MediaTool, type PinnedSource } from './ports.ts'

interface Fitting {
  readonly media: Pick<MediaTool, 'decode' | 'encode'>
  readonly source: PinnedSource
  readonly plan: EncodePlan
  readonly signal: AbortSignal
}

/**
 * The plan with the source's own packets for each rung that they fit as they are: nothing is gained by encoding them again. Found out by
 * cutting them once without storing anything. Each segment is decoded as a player would, behind the one header that they all get: the
 * encode of the other rungs reads the source otherwise, and would not see what only the copy suffers from.
 */
export const passThrough = async ({ media, source, plan, signal }: Fitting): Promise<EncodePlan> => {
  const candidates = plan.rungs.filter((rung) => !rung.copied && mayFit(plan, rung))
  const [first] = candidates
  if (!first) return plan
  let copied: CopiedTrack | undefined
  try {
    const copy = { ...first, copied: true } as const
    const { changesAtSeconds } = await media.encode(
      source,
      { ...plan, rungs: [copy], sounds: [], outputs: [] },
      {
        signal,
        onProgress: () => {},
        async consume(_, bytes) {
          const { segmentSeconds } = plan
          copied = await measure(bytes, { segmentSeconds, decode: (parts) => media.decode(parts, signal) })
        },
      },
    )
    if (changesAtSeconds !== undefined) return plan
  } catch (error) {
    // Then the encode says what is wrong, or gets past it.
    if (error instanceof TrackDefect || (error instanceof MediaFailure && error.permanent)) return plan
    throw error
  }
  const fitting = candidates.filter((rung) => copied && fitsRung(copied, rung, plan))
  return copyRungs(plan, fitting)
}

interface Measuring {
  readonly segmentSeconds: number
  /** Answers the number of frames. */
  readonly decode: (parts: readonly Uint8Array[]) => Promise<number>
}

const measure = async (
  bytes: AsyncIterable<Uint8Array>,
  { segmentSeconds, decode }: Measuring,
): Promise<CopiedTrack> => {
  const segments: CopiedTrack['segments'][number][] = []
  let init: Uint8Array | undefined
  let isIndependent: ((segment: TrackSegment) => boolean) | undefined
  let changesAt: ((segment: TrackSegment) => number | undefined) | undefined
  let [timescale, mediaTime] = [1, 0]
  for await (const part of segmentTrack(bytes, { segmentSeconds })) {
    if (part.type === 'init') {
      init = part.bytes
      timescale = part.timescale
      mediaTime = part.mediaTime
      isIndependent = createIndependenceCheck(part)
      changesAt = createParameterCheck(part)
      continue
    }
    const { index, startTicks, durationTicks, samples } = part
    if (durationTicks > MOST_INTERVALS * segmentSeconds * timescale) {
      throw new TrackDefect('unsupported', 'The keyframes of the picture are too far apart.')
    }
    const isWhole = init !== undefined && (await decode([init, part.bytes])) === samples
    const isSteady = changesAt?.(part) === undefined
    segments.push({
      ...{ index, startTicks, durationTicks, samples, sizeBytes: part.bytes.length },
      isClean: isWhole && isSteady && isIndependent?.(part) === true && earliestPresentation(part.run) >= mediaTime,
    })
  }
  return { name: 'copy', timescale, segments }
}

import { createIndependenceCheck } from '../packaging/random-access.ts'
import { segmentTrack } from '../packaging/segment-track.ts'
import { TrackDefect } from '../packaging/track-defect.ts'
import type { TrackSegment } from '../packaging/track-part.ts'
import { type CopiedTrack, fitsRung, mayFit } from './copy-fit.ts'
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
 * cutting them once without storing anything, which costs a hundredth of an encode. What is passed through is decoded all the
 * same, by the encode of the other rungs or else here, so that no damage slips in.
 */
export const passThrough = async ({ media, source, plan, signal }: Fitting): Promise<EncodePlan> => {
  const candidates = plan.rungs.filter((rung) => mayFit(plan, rung))
  const [first] = candidates
  if (!first) return plan
  const isDecoded = candidates.length < plan.rungs.length
  let copied: CopiedTrack | undefined
  try {
    const copy = { ...first, rate: { kind: 'copied' } } as const
    await media.encode(
      source,
      { ...plan, rungs: [copy], sounds: [], outputs: [] },
      {
        signal,
        onProgress: () => {},
        async consume(_, bytes) {
          const { segmentSeconds } = plan
          const decode = isDecoded ? undefined : (parts: readonly Uint8Array[]) => media.decode(parts, signal)
          copied = await measure(bytes, { segmentSeconds, ...(decode && { decode }) })
        },
      },
    )
  } catch (error) {
    // Then the encode says what is wrong, or gets past it.
    if (error instanceof TrackDefect || (error instanceof MediaFailure && error.permanent)) return plan
    throw error
  }
  const fit = new Set(candidates.filter((rung) => copied && fitsRung(copied, rung, plan)))
  return {
    ...plan,
    rungs: plan.rungs.map((rung) => (fit.has(rung) ? { ...rung, rate: { kind: 'copied' } } : rung)),
  }
}

interface Measuring {
  readonly segmentSeconds: number
  /** Answers the number of frames. */
  readonly decode?: (parts: readonly Uint8Array[]) => Promise<number>
}

const measure = async (
  bytes: AsyncIterable<Uint8Array>,
  { segmentSeconds, decode }: Measuring,
): Promise<CopiedTrack> => {
  const segments: CopiedTrack['segments'][number][] = []
  let init: Uint8Array | undefined
  let isIndependent: ((segment: TrackSegment) => boolean) | undefined
  let [timescale, mediaTime] = [1, 0]
  for await (const part of segmentTrack(bytes, { segmentSeconds })) {
    if (part.type === 'init') {
      init = part.bytes
      timescale = part.timescale
      mediaTime = part.mediaTime
      isIndependent = createIndependenceCheck(part)
      continue
    }
    const isWhole = !decode || !init || (await decode([init, part.bytes])) === part.samples
    const { index, startTicks, durationTicks, samples } = part
    segments.push({
      ...{ index, startTicks, durationTicks, samples, sizeBytes: part.bytes.length },
      isClean: isWhole && isIndependent?.(part) === true && earliest(part) >= mediaTime,
    })
  }
  return { name: 'copy', timescale, segments }
}

/** When the first of its pictures is shown, in the time of the track's media. */
const earliest = ({ run: { decodeTime, samples } }: TrackSegment): number => {
  let at = decodeTime
  let first = Number.POSITIVE_INFINITY
  for (const { duration, compositionOffset } of samples) {
    first = Math.min(first, at + compositionOffset)
    at += duration
  }
  return first
}

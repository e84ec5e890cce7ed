import { nalUnits, unitLayout } from './nal-units.ts'
import { totalBytes } from './sample.ts'
import type { TrackInit, TrackSegment } from './track-part.ts'

/**
 * When a segment brings a parameter set that its track's header does not have, in seconds of the asset's timeline: behind it the picture may
 * have another size or profile, and players know of one alone. For `avc1` and `hvc1`; `undefined` where all is as it was.
 */
export const createParameterCheck = ({
  kind,
  bytes,
  timescale,
  mediaTime,
}: TrackInit): ((segment: TrackSegment) => number | undefined) => {
  const layout = kind === 'video' ? unitLayout(bytes) : undefined
  if (!layout) return () => undefined
  const known = new Set(layout.parameters.map(contentOf))
  const isStrange = (unit: Uint8Array) => layout.kindOf(unit[0] ?? 0) === 'parameters' && !known.has(contentOf(unit))
  return (segment) => {
    const { decodeTime, samples } = segment.run
    // The samples of a segment are its last bytes.
    let at = segment.bytes.length - totalBytes(samples)
    let time = decodeTime
    for (const { sizeBytes, duration, compositionOffset } of samples) {
      const sample = segment.bytes.subarray(at, at + sizeBytes)
      if ([...nalUnits(sample, layout.lengthBytes)].some(isStrange))
        return (time + compositionOffset - mediaTime) / timescale
      at += sizeBytes
      time += duration
    }
    return undefined
  }
}

/** Without the zeros that may stand behind a unit where units have no length before them. */
const contentOf = (unit: Uint8Array): string =>
  Buffer.from(unit.subarray(0, unit.findLastIndex((byte) => byte !== 0) + 1)).toString('latin1')

import { nalUnits, unitLayout } from './nal-units.ts'
import { totalBytes } from './sample.ts'
import type { TrackInit, TrackSegment } from './track-part.ts'

/**
 * Whether nothing in a segment needs what was before it: it begins with an IDR picture. Containers mark others too as places to begin,
 * behind which pictures may follow that refer back (open GOPs). For `avc1` and `hvc1`, by the init segment; of sound every segment is one.
 */
export const createIndependenceCheck = ({ kind, bytes }: TrackInit): ((segment: TrackSegment) => boolean) => {
  if (kind === 'audio') return () => true
  const isRandomAccess = createRandomAccessCheck(bytes)
  return (segment) => isRandomAccess(firstSample(segment))
}

/** The samples of a segment are its last bytes. */
const firstSample = ({ bytes, run: { samples } }: TrackSegment): Uint8Array => {
  const start = bytes.length - totalBytes(samples)
  return bytes.subarray(start, start + (samples[0]?.sizeBytes ?? 0))
}

/** All slices of a picture are of one kind here. */
const createRandomAccessCheck = (init: Uint8Array): ((sample: Uint8Array) => boolean) => {
  const layout = unitLayout(init)
  return (sample) => {
    if (!layout) return false
    for (const unit of nalUnits(sample, layout.lengthBytes)) {
      const kind = layout.kindOf(unit[0] ?? 0)
      if (kind === 'idr' || kind === 'other') return kind === 'idr'
    }
    return false
  }
}

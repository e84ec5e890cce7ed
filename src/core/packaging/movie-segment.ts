import { type CutTrack, decodeTimeOf, type MovieSegment } from './cut-movie.ts'
import type { RangedBytes } from './file-boxes.ts'
import { initSegment } from './init-segment.ts'
import type { Sample } from './sample.ts'
import { writeSegment } from './write-segment.ts'

/** `ftyp` and `moov` of a track of a film that is cut where it lies. */
export const movieInit = ({ header }: CutTrack): Uint8Array => initSegment(header)

/** A segment as CMAF: its samples are read from the file, in as many ranges as they have gaps between them. */
export const movieSegment = async (
  track: CutTrack,
  { segment, sequence }: { readonly segment: MovieSegment; readonly sequence: number },
  read: RangedBytes['read'],
): Promise<Uint8Array> => {
  const spans = spansOf(track, segment)
  const payload = await Promise.all(spans.map(({ start, length }) => read(start, length)))
  const samples = samplesOf(track, segment)
  return writeSegment({ decodeTime: decodeTimeOf(track, segment.first), samples }, { sequence, payload })
}

/** Flags of ISO/IEC 14496-12, 8.8.3.1: depends on others and is no sync sample; depends on none. */
const NON_SYNC = 0x01010000
const SYNC = 0x02000000

const samplesOf = ({ header, samples }: CutTrack, { first, end }: MovieSegment): readonly Sample[] => {
  const syncs = samples.syncs
  // A picture that begins late is shown from 0 on (`decodeTimeOf`).
  const heldFor = (at: number) => (at === 0 && header.kind === 'video' ? header.startDelay : 0)
  // The first sync sample of the segment is its first sample.
  let nextSync = syncs ? lowerBound(syncs, first) : 0
  return Array.from({ length: end - first }, (_, n) => {
    const at = first + n
    const isSync = !syncs || syncs[nextSync] === at
    if (isSync) nextSync += 1
    return {
      sizeBytes: samples.sizes[at] ?? 0,
      duration: (samples.decodeTimes[at + 1] ?? 0) - (samples.decodeTimes[at] ?? 0) + heldFor(at),
      flags: isSync ? SYNC : NON_SYNC,
      compositionOffset: samples.compositionOffsets[at] ?? 0,
    }
  })
}

const lowerBound = (ascending: Uint32Array, wanted: number): number => {
  let [low, high] = [0, ascending.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((ascending[middle] ?? 0) < wanted) low = middle + 1
    else high = middle
  }
  return low
}

interface Span {
  readonly start: number
  length: number
}

/** Where the bytes of the samples lie, in their order. */
const spansOf = ({ samples }: CutTrack, { first, end }: MovieSegment): readonly Span[] => {
  const spans: Span[] = []
  for (let at = first; at < end; at += 1) {
    const [start, length] = [samples.positions[at] ?? 0, samples.sizes[at] ?? 0]
    const last = spans.at(-1)
    if (last && last.start + last.length === start) last.length += length
    else spans.push({ start, length })
  }
  return spans
}

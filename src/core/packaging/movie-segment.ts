import { type CutTrack, type MovieSegment, requireSegment } from './cut-movie.ts'
import type { RangedBytes } from './file-boxes.ts'
import { initSegment } from './init-segment.ts'
import { type MovieSamples, totalBytes } from './movie-samples.ts'
import type { Sample, SampleRun } from './sample.ts'
import type { TrackSegment } from './track-part.ts'
import { segmentHead } from './write-segment.ts'

/** `ftyp` and `moov` of a track of a film that is cut where it lies. */
export const movieInit = ({ header }: CutTrack): Uint8Array => initSegment(header)

interface SegmentSource extends Pick<RangedBytes, 'read' | 'fill'> {
  /** Memory for the segment, whatever is in it. */
  readonly allocate?: (bytes: number) => Uint8Array
}

/** A segment as CMAF, as `segmentTrack` gives those of an encoder: its samples are read from the file, in as many ranges as they have gaps between them. */
export const movieSegment = async (
  track: CutTrack,
  { segment, index }: { readonly segment: MovieSegment; readonly index: number },
  { read, fill = fillBy(read), allocate = unfilled }: SegmentSource,
): Promise<TrackSegment> => {
  const samples = await track.samplesIn(segment, read)
  const payloadBytes = totalBytes(samples)
  requireSegment(samples.count, payloadBytes)
  // What is shown late as a picture is shown from 0 on (`cutSegments`).
  const held = segment.first === 0 && track.header.kind === 'video' ? track.header.startDelay : 0
  const decodeTime = (samples.decodeTimes[0] ?? 0) + track.header.startDelay - held
  const run: SampleRun = { decodeTime, samples: samplesOf(samples, held) }
  const head = Buffer.concat(segmentHead(run, { sequence: index + 1, payloadBytes }))
  // What is read for it is not held beside it until all is there.
  const bytes = allocate(head.length + payloadBytes)
  bytes.set(head)
  let position = head.length
  const filled = spansOf(samples).map(({ start, length }) => {
    const target = bytes.subarray(position, position + length)
    position += length
    return fill(target, start)
  })
  await Promise.all(filled)
  const { startTicks, durationTicks } = segment
  return { type: 'segment', index, startTicks, durationTicks, samples: samples.count, run, bytes }
}

/** As in `writeSegment`: zeros cost as much as what is put over them. */
const unfilled = (bytes: number): Uint8Array => Buffer.allocUnsafeSlow(bytes)

const fillBy =
  (read: RangedBytes['read']): NonNullable<RangedBytes['fill']> =>
  async (target, start) =>
    target.set(await read(start, target.length))

/** Flags of ISO/IEC 14496-12, 8.8.3.1: depends on others and is no sync sample; depends on none. */
const NON_SYNC = 0x01010000
const SYNC = 0x02000000

/** The first one is held for so long. */
const samplesOf = (samples: MovieSamples, held: number): readonly Sample[] => {
  const { syncs, decodeTimes } = samples
  let nextSync = 0
  return Array.from({ length: samples.count }, (_, at) => {
    const isSync = !syncs || syncs[nextSync] === at
    if (isSync) nextSync += 1
    return {
      sizeBytes: samples.sizes[at] ?? 0,
      duration: (decodeTimes[at + 1] ?? 0) - (decodeTimes[at] ?? 0) + (at === 0 ? held : 0),
      flags: isSync ? SYNC : NON_SYNC,
      compositionOffset: samples.compositionOffsets[at] ?? 0,
    }
  })
}

interface Span {
  readonly start: number
  length: number
}

/** Where the bytes of the samples lie, in their order. */
const spansOf = ({ count, positions, sizes }: MovieSamples): readonly Span[] => {
  const spans: Span[] = []
  for (let at = 0; at < count; at += 1) {
    const [start, length] = [positions[at] ?? 0, sizes[at] ?? 0]
    const last = spans.at(-1)
    if (last && last.start + last.length === start) last.length += length
    else spans.push({ start, length })
  }
  return spans
}

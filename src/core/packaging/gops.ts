import { readBoxes } from './boxes.ts'
import { TRACK_ID } from './init-segment.ts'
import { parseFragment } from './parse-fragment.ts'
import { isSync, type SampleRun, totalBytes, totalDuration } from './sample.ts'
import { writeSegment } from './write-segment.ts'

/** One end of a track, as bytes that decode with the init segment alone. */
export interface TrackEnd {
  readonly bytes: Uint8Array
  /** Of pictures; absent: it is sound. */
  readonly frames?: number
}

/**
 * The first and the last group of pictures of a track, each as a segment: the given one where that is all of it. One piece where they are the same group. For segments of video of ours; of
 * sound such a piece would be priming, which FFmpeg drops: decode whole segments there.
 */
export const endsOf = (first: Uint8Array, last: Uint8Array): readonly TrackEnd[] => {
  const end = readSegment(last)
  const from = Math.max(end.run.samples.findLastIndex(isSync), 0)
  const lastGop = cut(end, { from, end: end.run.samples.length })
  return first === last && from === 0 ? [lastGop] : [firstGop(first), lastGop]
}

const firstGop = (segment: Uint8Array): TrackEnd => {
  const first = readSegment(segment)
  const second = first.run.samples.findIndex((sample, at) => at > 0 && isSync(sample))
  return cut(first, { from: 0, end: second === -1 ? first.run.samples.length : second })
}

interface Segment {
  readonly bytes: Uint8Array
  readonly run: SampleRun
  readonly payload: Uint8Array
}

const readSegment = (segment: Uint8Array): Segment => {
  const boxes = [...readBoxes(segment)]
  const moof = boxes.find(({ type }) => type === 'moof')
  const mdat = boxes.find(({ type }) => type === 'mdat')
  if (!moof || !mdat) throw new Error('These bytes are not a media segment.')
  const run = parseFragment(moof.payload, {
    trackId: TRACK_ID,
    defaults: { duration: 0, size: 0, flags: 0 },
    dataOffset: moof.payload.length + 16,
    dataBytes: mdat.payload.length,
  })
  return { bytes: segment, run, payload: mdat.payload }
}

const cut = (
  { bytes: all, run, payload }: Segment,
  { from, end }: { readonly from: number; readonly end: number },
): TrackEnd => {
  if (from === 0 && end === run.samples.length) return { bytes: all, frames: end }
  const before = run.samples.slice(0, from)
  const samples = run.samples.slice(from, end)
  const start = totalBytes(before)
  const decodeTime = run.decodeTime + totalDuration(before)
  const bytes = writeSegment(
    { decodeTime, samples },
    { sequence: 1, payload: [payload.subarray(start, start + totalBytes(samples))] },
  )
  return { bytes, frames: samples.length }
}

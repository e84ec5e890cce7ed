import { readBoxes } from './boxes.ts'
import { TRACK_ID } from './init-segment.ts'
import { parseFragment } from './parse-fragment.ts'
import { isSync, type SampleRun, totalBytes, totalDuration } from './sample.ts'
import { writeSegment } from './write-segment.ts'

/** A second of film: it shows that players can begin here. */
const FIRST_PICTURES = 24

/**
 * Both ends of a track, each as a segment that decodes with the init segment alone, and cheaply: the beginning of the first
 * group of pictures, and all of the last one. One piece where they are the same group. For segments of video of ours; of
 * sound such a piece would be priming, which FFmpeg drops: decode whole segments there.
 */
export const endsOf = (first: Uint8Array, last: Uint8Array): readonly Uint8Array[] => {
  const end = readSegment(last)
  const from = Math.max(end.run.samples.findLastIndex(isSync), 0)
  const lastGop = cut(end, { from, end: end.run.samples.length })
  return first === last && from === 0 ? [lastGop] : [beginning(first), lastGop]
}

const beginning = (segment: Uint8Array): Uint8Array => {
  const first = readSegment(segment)
  const second = first.run.samples.findIndex((sample, at) => at > 0 && isSync(sample))
  const gop = second === -1 ? first.run.samples.length : second
  return cut(first, { from: 0, end: Math.min(gop, FIRST_PICTURES) })
}

interface Segment {
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
  return { run, payload: mdat.payload }
}

const cut = ({ run, payload }: Segment, { from, end }: { readonly from: number; readonly end: number }): Uint8Array => {
  const before = run.samples.slice(0, from)
  const samples = run.samples.slice(from, end)
  const start = totalBytes(before)
  const decodeTime = run.decodeTime + totalDuration(before)
  return writeSegment(
    { decodeTime, samples },
    { sequence: 1, payload: [payload.subarray(start, start + totalBytes(samples))] },
  )
}

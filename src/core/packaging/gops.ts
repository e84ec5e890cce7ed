import { readBoxes } from './boxes.ts'
import { TRACK_ID } from './init-segment.ts'
import { parseFragment } from './parse-fragment.ts'
import { isSync, type SampleRun, totalBytes, totalDuration } from './sample.ts'
import { writeSegment } from './write-segment.ts'

/** A second of film: it shows that players can begin here. */
const FIRST_PICTURES = 24

/**
 * The beginning of the first group of pictures of a segment of ours, as a segment: with the init segment it decodes alone,
 * and cheaply. For video. Of sound it would be priming, which FFmpeg drops: decode whole segments there.
 */
export const beginning = (segment: Uint8Array): Uint8Array => {
  const { run, payload } = readSegment(segment)
  const second = run.samples.findIndex((sample, at) => at > 0 && isSync(sample))
  const gop = second === -1 ? run.samples.length : second
  return cut(run, payload, { from: 0, end: Math.min(gop, FIRST_PICTURES) })
}

/** The last group of pictures of a segment, likewise: every picture up to the end is there. */
export const lastGop = (segment: Uint8Array): Uint8Array => {
  const { run, payload } = readSegment(segment)
  return cut(run, payload, { from: Math.max(run.samples.findLastIndex(isSync), 0), end: run.samples.length })
}

const readSegment = (segment: Uint8Array): { run: SampleRun; payload: Uint8Array } => {
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

const cut = (
  run: SampleRun,
  payload: Uint8Array,
  { from, end }: { readonly from: number; readonly end: number },
): Uint8Array => {
  const before = run.samples.slice(0, from)
  const samples = run.samples.slice(from, end)
  const start = totalBytes(before)
  const decodeTime = run.decodeTime + totalDuration(before)
  return writeSegment(
    { decodeTime, samples },
    { sequence: 1, payload: [payload.subarray(start, start + totalBytes(samples))] },
  )
}

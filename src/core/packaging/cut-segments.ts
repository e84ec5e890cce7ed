import { createByteQueue } from './byte-queue.ts'
import { isSync, type Sample, type SampleRun, totalBytes } from './sample.ts'
import { TrackDefect } from './track-defect.ts'
import type { TrackHeader } from './track-header.ts'
import type { TrackSegment } from './track-part.ts'
import { writeSegment } from './write-segment.ts'

/** Where segments begin. */
export interface Grid {
  readonly segmentSeconds: number
  /** Of a film that is encoded in chunks; absent: the track is all of it. */
  readonly chunk?: GridChunk
}

/** On the asset's timeline, multiples of `segmentSeconds`. */
export interface GridChunk {
  readonly startSeconds: number
  /** What begins there or later belongs to the next chunk, and only shows where this one ends; absent: it goes to the end. */
  readonly endSeconds?: number
}

/** Collects samples and gives a segment as soon as the next one will not be lost (`isLost`), or at the end. */
export interface SegmentCutter {
  readonly add: (run: SampleRun, payload: readonly Uint8Array[]) => Generator<TrackSegment>
  /** What is left; throws `TrackDefect`: `empty` when there never was a sample, `open_ended` when the end of the chunk did not come. */
  readonly finish: () => Generator<TrackSegment>
}

interface OpenSegment {
  readonly index: number
  readonly startTicks: number
  readonly decodeTime: number
  readonly samples: Sample[]
  readonly payload: Uint8Array[]
  payloadBytes: number
  /** Where the presentation of what was collected ends. */
  endTicks: number
}

/** A source of which nothing is encoded may have any number of frames between two keyframes; no encoder of ours comes near. */
const MOST_SEGMENT_BYTES = 128 << 20

/**
 * hls.js (1.7.4) takes every segment but the first to be later by what the edit list leaves out. One that ends before it begins, seen so, it never
 * finds in the buffer, and where that is the last one it waits at the end for ever; so what is left for one joins the segment before it.
 */
const isLost = ({ startTicks, endTicks }: OpenSegment, { mediaTime, timescale }: Timing): boolean =>
  endTicks - startTicks < mediaTime + LEAST_SEEN_SECONDS * timescale

const LEAST_SEEN_SECONDS = 0.01

type Timing = Pick<TrackHeader, 'kind' | 'timescale' | 'mediaTime' | 'startDelay'>

/**
 * A picture that begins late is shown from 0 on, because players stop at a beginning without a picture. Sound keeps its
 * late start in the decode times.
 */
export const cutSegments = (track: Timing, { segmentSeconds, chunk }: Grid): SegmentCutter => {
  const segmentTicks = segmentSeconds * track.timescale
  const firstIndex = Math.round((chunk?.startSeconds ?? 0) / segmentSeconds)
  const endTicks = (chunk?.endSeconds ?? Number.POSITIVE_INFINITY) * track.timescale - tolerance(track)
  let isOver = false
  let complete: OpenSegment | undefined
  let open: OpenSegment | undefined
  let nextDecodeTime: number | undefined

  const begins = (sample: Sample, presentation: number): boolean =>
    open === undefined || (isSync(sample) && presentation >= boundaryAfter(open.startTicks))
  // Packets of sound that only brought the encoder into its state.
  const isBefore = (presentation: number): boolean =>
    track.kind === 'audio' &&
    open === undefined &&
    firstIndex > 0 &&
    presentation < firstIndex * segmentTicks - tolerance(track)
  const boundaryAfter = (startTicks: number): number =>
    (Math.floor((startTicks + tolerance(track)) / segmentTicks) + 1) * segmentTicks - tolerance(track)

  return {
    *add(fragment, payload) {
      const queue = createByteQueue()
      for (const piece of payload) queue.push(piece)
      const run =
        open || track.kind === 'audio' ? delayed(fragment, track.startDelay) : held(fragment, track.startDelay)
      if (open) closeGap(open, run.decodeTime - (nextDecodeTime ?? run.decodeTime))
      let { decodeTime } = run
      let firstUncollected = 0
      const collect = (into: OpenSegment, end: number) => {
        const samples = run.samples.slice(firstUncollected, end)
        for (const sample of samples) into.samples.push(sample)
        const bytes = totalBytes(samples)
        into.payloadBytes += bytes
        if (into.payloadBytes > MOST_SEGMENT_BYTES) {
          throw new TrackDefect('unsupported', 'The keyframes of the picture are too far apart.')
        }
        for (const piece of queue.take(bytes)) into.payload.push(piece)
        firstUncollected = end
      }
      for (const [at, sample] of run.samples.entries()) {
        if (isOver) return
        const presentation = decodeTime + sample.compositionOffset - track.mediaTime
        if (isBefore(presentation)) {
          queue.take(sample.sizeBytes)
          firstUncollected = at + 1
        } else if (begins(sample, presentation)) {
          if (open) {
            collect(open, at)
            open.endTicks = presentation
            if (complete) yield close(complete)
            complete = open
          }
          if (complete && presentation >= endTicks) {
            isOver = true
            return yield close(complete)
          }
          open = openSegment(track, { sample, index: open ? open.index + 1 : firstIndex, decodeTime, presentation })
        }
        decodeTime += sample.duration
        if (open) open.endTicks = Math.max(open.endTicks, presentation + sample.duration)
        if (complete && open && !isLost(open, track)) {
          yield close(complete)
          complete = undefined
        }
      }
      if (open) collect(open, run.samples.length)
      nextDecodeTime = decodeTime
    },
    *finish() {
      if (isOver) return
      if (!open)
        throw new TrackDefect('empty', `The ${track.kind} track has no ${track.kind === 'video' ? 'frames' : 'sound'}.`)
      if (chunk?.endSeconds !== undefined)
        throw new TrackDefect('open_ended', `The chunk at ${chunk.startSeconds} s has no end.`)
      if (complete && isLost(open, track)) return yield close(joined(complete, open))
      if (complete) yield close(complete)
      yield close(open)
    },
  }
}

/**
 * Forced keyframes are the first at or after a multiple, compared exactly by the encoder; a rescaled timestamp is off by
 * less than a tick. Half a frame would be too much: where the grid falls between frames, a scene cut just before it would
 * start a segment in one rung and not in the others.
 */
const tolerance = ({ kind }: Timing): number => (kind === 'video' ? 1 : 0)

const delayed = (run: SampleRun, delay: number): SampleRun => ({ ...run, decodeTime: run.decodeTime + delay })

/** The first frame fills the time before it, too. */
const held = ({ decodeTime, samples: [first, ...others] }: SampleRun, delay: number): SampleRun => ({
  decodeTime,
  samples: first ? [{ ...first, duration: first.duration + delay }, ...others] : [],
})

const openSegment = (
  track: Timing,
  first: {
    readonly sample: Sample
    readonly index: number
    readonly decodeTime: number
    readonly presentation: number
  },
): OpenSegment => {
  if (!isSync(first.sample)) throw new TrackDefect('malformed', 'The track does not begin with a keyframe.')
  // What lies before the edit (AAC priming) is decoded but not presented.
  const startTicks =
    first.index === 0 ? Math.max(first.presentation, track.kind === 'audio' ? track.startDelay : 0) : first.presentation
  return {
    index: first.index,
    startTicks,
    decodeTime: first.decodeTime,
    samples: [],
    payload: [],
    payloadBytes: 0,
    endTicks: startTicks,
  }
}

/** Time between two fragments belongs to the sample before it, as inside a fragment. */
const closeGap = ({ samples }: OpenSegment, gap: number): void => {
  const last = samples.pop()
  if (gap < 0 || !last) throw new TrackDefect('malformed', 'The track goes back in time between two fragments.')
  samples.push({ ...last, duration: last.duration + gap })
}

const joined = (one: OpenSegment, next: OpenSegment): OpenSegment => ({
  ...one,
  samples: [...one.samples, ...next.samples],
  payload: [...one.payload, ...next.payload],
  endTicks: next.endTicks,
})

const close = ({ index, startTicks, endTicks, decodeTime, samples, payload }: OpenSegment): TrackSegment => ({
  type: 'segment',
  index,
  startTicks,
  durationTicks: endTicks - startTicks,
  samples: samples.length,
  run: { decodeTime, samples },
  bytes: writeSegment({ decodeTime, samples }, { sequence: index + 1, payload }),
})

import type { Movie, MovieTrack, UnitRange } from './movie-track.ts'
import { requirePlayable } from './require-playable.ts'
import { TrackDefect } from './track-defect.ts'

/** Some of the units of a track. Times on the asset's timeline, in the track's timescale. */
export interface MovieSegment extends UnitRange {
  readonly startTicks: number
  readonly durationTicks: number
  readonly sizeBytes: number
}

export interface CutTrack extends MovieTrack {
  readonly segments: readonly MovieSegment[]
}

export interface CutMovie {
  readonly video?: CutTrack
  readonly audio?: CutTrack
}

/** Players hold a segment whole, and seek to its beginning. */
const MOST_GAP_SECONDS = 15
/** Beside this, frames that nobody is to see would be shown. */
const MOST_HIDDEN_SECONDS = { video: 0, audio: 0.25 } as const
/** Of one segment, which is in memory as a whole. */
export const MOST_SEGMENT_BYTES = 64 << 20
export const MOST_SEGMENT_SAMPLES = 20_000
const MOST_SECONDS = 48 * 3600
const MOST_SEGMENTS = 20_000
/** How far picture and sound may begin and end apart: players wait for what never comes. */
const MOST_APART_SECONDS = { begin: 0.5, end: 1 } as const
/** hls.js never finds a last segment that is shorter than what the edit list leaves out (`cutSegments`). */
const LEAST_SEEN_SECONDS = 0.01

/**
 * Where a film is cut without an encoder: pictures at the first keyframe at or after each multiple of `segmentSeconds`, as renditions are, and sound at
 * the same times. Throws `TrackDefect` for what players would stumble over.
 */
export const cutMovie = (movie: Movie, segmentSeconds: number): CutMovie => {
  requirePlayable(movie)
  const { video, audio } = movie
  for (const track of [video, audio]) if (track) requireMeasure(track)
  const pictures = video && cutAt(video, keyframesOf(video, segmentSeconds))
  const starts = pictures && video && pictures.segments.map(({ startTicks }) => startTicks / video.header.timescale)
  const sound = audio && cutAt(audio, packetsAt(audio, starts ?? evenStarts(audio, segmentSeconds)))
  if (pictures && sound) requireTogether(pictures, sound)
  return { ...(pictures && { video: pictures }), ...(sound && { audio: sound }) }
}

/** Before anything is as long as a few bytes can say. */
const requireMeasure = (track: MovieTrack): void => {
  const { units, header } = track
  if (units.count === 0) throw new TrackDefect('empty', `The ${header.kind} track is empty.`)
  if (secondsOf(track, decodeTimeOf(track, units.count)) > MOST_SECONDS) {
    throw new TrackDefect('unsupported', 'The film is too long to be played as it is.')
  }
}

const requireTogether = (pictures: CutTrack, sound: CutTrack): void => {
  const extent = (track: CutTrack) => {
    const [first, last] = [track.segments[0], track.segments.at(-1)]
    const end = (last?.startTicks ?? 0) + (last?.durationTicks ?? 0)
    return { begin: secondsOf(track, first?.startTicks ?? 0), end: secondsOf(track, end) }
  }
  const [picture, heard] = [extent(pictures), extent(sound)]
  const isTogether =
    Math.abs(picture.begin - heard.begin) <= MOST_APART_SECONDS.begin &&
    Math.abs(picture.end - heard.end) <= MOST_APART_SECONDS.end
  if (!isTogether) throw new TrackDefect('unsupported', 'Picture and sound do not begin and end together.')
}

/** When a sample is decoded, on the timeline of its media. What is shown late as a picture is shown from 0 on (`cutSegments`). */
const decodeTimeOf = ({ header, units }: MovieTrack, sample: number): number =>
  (units.decodeTimes[sample] ?? 0) + (header.kind === 'video' && sample === 0 ? 0 : header.startDelay)

const presentationOf = (track: MovieTrack, sample: number): number =>
  decodeTimeOf(track, sample) + (track.units.compositionOffsets[sample] ?? 0) - track.header.mediaTime

const secondsOf = ({ header }: MovieTrack, ticks: number): number => ticks / header.timescale

/** The first units of segments. */
const keyframesOf = (track: MovieTrack, segmentSeconds: number): readonly number[] => {
  const { units, header } = track
  const { syncs } = units
  if (syncs?.[0] !== 0) throw new TrackDefect('unsupported', 'The picture does not begin with a keyframe.')
  const firsts: number[] = []
  let [boundary, before] = [Number.NEGATIVE_INFINITY, 0]
  for (const sync of syncs) {
    const presentation = presentationOf(track, sync)
    if (secondsOf(track, presentation - before) > MOST_GAP_SECONDS) throw tooFar()
    before = presentation
    if (presentation < boundary) continue
    if (earliestFrom(track, sync) < presentation) {
      throw new TrackDefect('unsupported', 'Pictures before a keyframe need the one before it.')
    }
    firsts.push(sync)
    const segmentTicks = segmentSeconds * header.timescale
    // A tick for times that were rounded, as when renditions are cut.
    boundary = (Math.floor((presentation + 1) / segmentTicks) + 1) * segmentTicks - 1
  }
  if (secondsOf(track, presentationOf(track, units.count) - before) > MOST_GAP_SECONDS) throw tooFar()
  return firsts
}

const tooFar = () => new TrackDefect('unsupported', 'The keyframes of the picture are too far apart.')

const evenStarts = (track: MovieTrack, segmentSeconds: number): readonly number[] => {
  const seconds = secondsOf(track, presentationOf(track, track.units.count))
  return Array.from({ length: Math.max(1, Math.ceil(seconds / segmentSeconds)) }, (_, n) => n * segmentSeconds)
}

/** The packets that begin nearest to these times; the very first one before anything. */
const packetsAt = (track: MovieTrack, starts: readonly number[]): readonly number[] => {
  const { count } = track.units
  const middleOf = (packet: number) => (presentationOf(track, packet) + presentationOf(track, packet + 1)) / 2
  const firsts = [0]
  let packet = 0
  for (const start of starts.slice(1)) {
    while (packet < count && middleOf(packet) < start * track.header.timescale) packet += 1
    if (packet > (firsts.at(-1) ?? 0) && packet < count) firsts.push(packet)
  }
  return firsts
}

const cutAt = (track: MovieTrack, firsts: readonly number[]): CutTrack => {
  const { header, units } = track
  const hidden = secondsOf(track, -earliestFrom(track, 0))
  if (hidden > MOST_HIDDEN_SECONDS[header.kind] + 1 / header.timescale) {
    throw new TrackDefect('unsupported', 'The beginning of a track is not to be seen.')
  }
  const end = endOf(track)
  const least = header.mediaTime + LEAST_SEEN_SECONDS * header.timescale
  const last = firsts.at(-1) ?? 0
  if (firsts.length > MOST_SEGMENTS) throw new TrackDefect('unsupported', 'The film has too many segments.')
  const kept = firsts.length > 1 && end - presentationOf(track, last) < least ? firsts.slice(0, -1) : firsts
  const startOf = (first: number) =>
    first === 0 ? Math.max(0, presentationOf(track, 0)) : presentationOf(track, first)
  const segments = kept.map((first, n): MovieSegment => {
    const next = kept[n + 1]
    const startTicks = startOf(first)
    const endTicks = next === undefined ? end : startOf(next)
    if (endTicks <= startTicks) throw new TrackDefect('malformed', 'The track goes back in time.')
    const [until, durationTicks] = [next ?? units.count, endTicks - startTicks]
    const sizeBytes = bytesOf(track, first, until)
    requireSegment(until - first, sizeBytes)
    return { first, end: until, startTicks, durationTicks, sizeBytes }
  })
  return { ...track, segments }
}

/** Throws for what would take too much memory. */
export const requireSegment = (units: number, bytes: number): void => {
  if (bytes > MOST_SEGMENT_BYTES || units > MOST_SEGMENT_SAMPLES) throw tooFar()
}

/** Reordering reaches no further than this. */
const REORDERED = 32

/** When the first of the units from this one on is shown. */
const earliestFrom = (track: MovieTrack, first: number): number => {
  const length = Math.min(REORDERED, track.units.count - first)
  return Math.min(...Array.from({ length }, (_, n) => presentationOf(track, first + n)))
}

/** When the last one has been shown. */
const endOf = (track: MovieTrack): number => {
  const { count, decodeTimes } = track.units
  const ends = Array.from({ length: Math.min(REORDERED, count) }, (_, n) => {
    const sample = count - 1 - n
    return presentationOf(track, sample) + (decodeTimes[sample + 1] ?? 0) - (decodeTimes[sample] ?? 0)
  })
  return Math.max(...ends)
}

const bytesOf = ({ units }: MovieTrack, first: number, end: number): number =>
  units.sizes.subarray(first, end).reduce((sum, size) => sum + size, 0)

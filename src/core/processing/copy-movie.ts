import { type CutMovie, type CutTrack, cutMovie, type MovieSegment } from '../packaging/cut-movie.ts'
import type { RangedBytes } from '../packaging/file-boxes.ts'
import { movieSegment } from '../packaging/movie-segment.ts'
import { openMovie } from '../packaging/open-movie.ts'
import { earliestPresentation } from '../packaging/sample.ts'
import { trackInit } from '../packaging/segment-track.ts'
import { TrackDefect } from '../packaging/track-defect.ts'
import type { TrackSegment } from '../packaging/track-part.ts'
import { type ReusedMemory, reusedMemory } from '../shared/reused-memory.ts'
import type { EncodePlan } from './encode-plan.ts'
import type { PlannedTrack } from './ports.ts'
import type { TrackStoring } from './store-track.ts'

export interface Copying {
  readonly begin: (track: PlannedTrack, whenStored: (segment: Uint8Array) => void) => TrackStoring
  readonly signal: AbortSignal
  /** How far it came in the film. */
  readonly onProgress: (positionMs: number) => void
}

interface CopiedTrack {
  readonly of: PlannedTrack
  readonly track: CutTrack
  readonly storing: TrackStoring
  readonly memory: ReusedMemory
}

/** The packets of a film whose own index says where each lies, stored as they are; the plan is one of `isCopy`. `undefined`: it is for FFmpeg. */
export const copyMovie = async (
  source: RangedBytes,
  plan: EncodePlan,
  { begin, signal, onProgress }: Copying,
): Promise<readonly CopiedTrack[] | undefined> => {
  const movie = await unlessDefective(() => openWhole(source, plan))
  if (!movie) return
  const tracks = plannedTracks(movie).map(({ of, track }) => {
    const memory = reusedMemory()
    return { of, track, memory, storing: begin(of, memory.give) }
  })
  const copying = unlessDefective(async () => {
    for (const { track, storing } of tracks) await storing.add(trackInit(track.header))
    const cut = async ({ of: { track, memory }, segment, index }: SegmentOf) =>
      fromTheBeginning(track, await movieSegment(track, { segment, index }, { ...source, allocate: memory.take }))
    for await (const [{ of, segment }, part] of inOrder(segmentsOf(tracks), cut)) {
      signal.throwIfAborted()
      await of.storing.add(part)
      onProgress(((segment.startTicks + segment.durationTicks) * 1000) / of.track.header.timescale)
    }
    return tracks
  })
  try {
    return await copying
  } finally {
    // Where it failed, nothing is written any more when somebody begins to write under the same names.
    await Promise.all(tracks.map(({ storing }) => storing.settled()))
  }
}

interface SegmentOf {
  readonly of: CopiedTrack
  readonly segment: MovieSegment
  readonly index: number
}

/** Picture and sound of the same time lie in the same places of most files, of which the reader keeps the last ones. */
function* segmentsOf(tracks: readonly CopiedTrack[]): Generator<SegmentOf> {
  const length = Math.max(...tracks.map(({ track }) => track.segments.length))
  for (let index = 0; index < length; index += 1) {
    for (const of of tracks) {
      const segment = of.track.segments[index]
      if (segment) yield { of, segment, index }
    }
  }
}

/** Of both tracks together: while one is stored, the next ones are read, or the next one where it has more bytes. */
const READ_AHEAD = { segments: 4, bytes: 8 << 20 } as const

/** Each with what `make` makes of it, in their order; the next ones are being made meanwhile. */
async function* inOrder<Made>(
  items: Iterable<SegmentOf>,
  make: (item: SegmentOf) => Promise<Made>,
): AsyncGenerator<readonly [SegmentOf, Made]> {
  const begun: (readonly [SegmentOf, Promise<Made>])[] = []
  for (const item of items) {
    const making = make(item)
    // Awaited below, unless one before it fails.
    making.catch(() => {})
    begun.push([item, making])
    while (begun.length > READ_AHEAD.segments || (begun.length > 1 && bytesOf(begun) > READ_AHEAD.bytes)) {
      const [first] = begun.splice(0, 1)
      if (first) yield [first[0], await first[1]]
    }
  }
  for (const [item, making] of begun) yield [item, await making]
}

const bytesOf = (begun: readonly (readonly [SegmentOf, unknown])[]): number =>
  begun.reduce((sum, [{ segment }]) => sum + segment.sizeBytes, 0)

const openWhole = async (source: RangedBytes, plan: EncodePlan): Promise<CutMovie | undefined> => {
  const { hasOthers, ...movie } = await openMovie(source)
  const cut = hasOthers ? undefined : cutMovie(movie, plan.segmentSeconds)
  return cut && isAllOf(cut, plan) ? cut : undefined
}

const FROM_ZERO_SECONDS = 0.001

/** A stream is shown from 0 on, and from its first picture on: FFmpeg moves what is not, or says that it cannot be. */
const fromTheBeginning = ({ header }: CutTrack, part: TrackSegment): TrackSegment => {
  const { kind, timescale, mediaTime } = header
  const isFirst = kind === 'video' && part.index === 0
  const isWhole = part.startTicks <= FROM_ZERO_SECONDS * timescale && earliestPresentation(part.run) >= mediaTime
  if (isFirst && !isWhole) throw new TrackDefect('unsupported', 'The picture does not begin with the film.')
  return part
}

const unlessDefective = async <T>(act: () => Promise<T>): Promise<T | undefined> => {
  try {
    return await act()
  } catch (error) {
    if (error instanceof TrackDefect) return
    throw error
  }
}

/** One picture and one sound at most, and nothing encoded. Of several sounds the film's own order may be another one than FFmpeg's; MP3 is packed otherwise. */
export const isCopy = ({ rungs, sounds, part, media }: EncodePlan): boolean =>
  part === undefined &&
  [...rungs, ...sounds].every(({ copied }) => copied) &&
  rungs.length <= 1 &&
  sounds.length <= 1 &&
  sounds.every(({ codec }) => codec === 'aac') &&
  media.audioStreams <= 1

const isAllOf = ({ video, audio }: CutMovie, { rungs, sounds, media }: EncodePlan): boolean => {
  if ((video !== undefined) !== rungs.length > 0 || (audio !== undefined) !== sounds.length > 0) return false
  return !video || (video.header.width === media.video?.codedWidth && video.header.height === media.video.codedHeight)
}

const plannedTracks = ({ video, audio }: CutMovie): readonly Pick<CopiedTrack, 'of' | 'track'>[] => [
  ...(video ? [{ of: { type: 'video', rung: 0 }, track: video } as const] : []),
  ...(audio ? [{ of: { type: 'audio', sound: 0 }, track: audio } as const] : []),
]

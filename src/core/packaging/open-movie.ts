import { findBox, readBoxes, requireBox } from './boxes.ts'
import { type FileBox, type FileBoxes, fileBoxes, type RangedBytes } from './file-boxes.ts'
import { readFragmentIndexes } from './fragment-index.ts'
import { indexedTrack } from './indexed-track.ts'
import { joinSamples } from './join-samples.ts'
import { AHEAD_BYTES, FILM_BOUNDS, readFragments } from './movie-fragments.ts'
import { type MovieSamples, readMovieSamples } from './movie-samples.ts'
import { type Movie, type MovieTrack, tableTrack } from './movie-track.ts'
import { readFields } from './read-bytes.ts'
import { TrackDefect } from './track-defect.ts'
import {
  kindOfTrack,
  parseMovieTimescale,
  parseTrack,
  parseTrackDefaults,
  type SampleDefaults,
  type TrackHeader,
} from './track-header.ts'

/**
 * An MP4 or MOV file with its index anywhere, read in two or three ranges; in fragments, in a few more by their index, or where that is not good for
 * anything, in one for each. Throws `TrackDefect` for what is none, is damaged, or has tracks that are not simply presented one after the other from
 * their beginning on.
 */
export const openMovie = async (bytes: RangedBytes): Promise<Movie> => {
  const file = fileBoxes(bytes)
  const index = await findIndex(file)
  const moov = await file.payloadOf(index)
  const tracks = (['video', 'audio'] as const).flatMap((kind) => readTrack(moov, kind, file) ?? [])
  const mvex = findBox(moov, ['mvex'])
  const opened = mvex
    ? await withFragments(file, { tracks, from: index.end, defaults: parseTrackDefaults(mvex) })
    : tracks.map(shown)
  return { ...Object.fromEntries(opened.map((track) => [track.header.kind, track])), ...othersIn(moov) }
}

const othersIn = (moov: Uint8Array): Pick<Movie, 'hasOthers'> => {
  const kinds = [...readBoxes(moov)].flatMap(({ type, payload }) => (type === 'trak' ? [kindOfTrack(payload)] : []))
  const isDouble = (['video', 'audio'] as const).some((kind) => kinds.filter((one) => one === kind).length > 1)
  return isDouble ? { hasOthers: true } : {}
}

/** What the index itself says of a track. */
interface OwnTrack {
  readonly header: MovieTrack['header']
  readonly samples: MovieSamples
  readonly presentedSeconds: number
}

interface Fragmented {
  readonly tracks: readonly OwnTrack[]
  /** Where the fragments begin. */
  readonly from: number
  readonly defaults: ReadonlyMap<number, SampleDefaults>
}

const withFragments = async (file: FileBoxes, fragmented: Fragmented): Promise<readonly MovieTrack[]> => {
  const { tracks, from, defaults } = fragmented
  const indexed = tracks.every(({ samples }) => samples.count === 0) && (await byIndex(file, fragmented))
  if (indexed) return indexed
  const pieces = await readFragments(file, {
    from,
    until: file.sizeBytes,
    defaults,
    bounds: FILM_BOUNDS,
    aheadBytes: AHEAD_BYTES,
  })
  return tracks.map(({ header, samples }) => {
    const parts = [samples, ...(pieces.get(header.trackId) ?? [])]
    return tableTrack(header, joinSamples(parts.filter(({ count }) => count > 0)))
  })
}

/** `undefined`: there is none, or it says something else than the fragments. */
const byIndex = async (
  file: FileBoxes,
  { tracks, from, defaults }: Fragmented,
): Promise<readonly MovieTrack[] | undefined> => {
  const opened: MovieTrack[] = []
  try {
    const timescales = new Map(tracks.map(({ header }) => [header.trackId, header.timescale]))
    const indexes = await readFragmentIndexes(file, { from, timescales })
    for (const { header } of tracks) {
      const index = indexes.get(header.trackId)
      if (!index) return
      opened.push(await indexedTrack(header, index, { file, defaults }))
    }
    return opened
  } catch (error) {
    if (error instanceof TrackDefect) return
    throw error
  }
}

const readTrack = (moov: Uint8Array, kind: TrackHeader['kind'], { sizeBytes }: FileBoxes): OwnTrack | undefined => {
  const trak = [...readBoxes(moov)].find(({ type, payload }) => type === 'trak' && kindOfTrack(payload) === kind)
  if (!trak) return
  const movieTimescale = parseMovieTimescale(moov)
  const parsed = parseTrack(trak.payload, { kind, movieTimescale })
  requireOwnSamples(requireBox(trak.payload, ['mdia', 'minf', 'dinf', 'dref']))
  return {
    // Copies: a view would keep the whole index in memory for as long as the film is open, and `slice` of a Buffer is one.
    header: {
      ...parsed,
      geometry: new Uint8Array(parsed.geometry),
      sampleDescriptions: new Uint8Array(parsed.sampleDescriptions),
    },
    samples: readMovieSamples(requireBox(trak.payload, ['mdia', 'minf', 'stbl']), sizeBytes),
    presentedSeconds: presentedSeconds(requireBox(trak.payload, ['tkhd']), movieTimescale),
  }
}

/** Films of QuickTime may consist of other files. */
const requireOwnSamples = (dref: Uint8Array): void => {
  const fields = readFields(dref)
  fields.skip(4)
  const count = fields.u32()
  fields.skip(8)
  const isOwn = (fields.u32() & 1) === 1
  if (count !== 1 || !isOwn) throw new TrackDefect('unsupported', 'The samples of a track lie in another file.')
}

/** Duration of a `tkhd`, which is that of all edits together; of fragments it says nothing. */
const presentedSeconds = (tkhd: Uint8Array, movieTimescale: number): number => {
  const fields = readFields(tkhd)
  const version = fields.u8()
  fields.skip(version === 1 ? 27 : 19)
  return (version === 1 ? fields.u64() : fields.u32()) / movieTimescale
}

/** Rounding, and what encoders of sound fill their last packet up with. */
const MOST_UNSEEN_SECONDS = 0.5

const shown = ({ header, samples, presentedSeconds }: OwnTrack): MovieTrack => {
  const ticks = header.startDelay + (samples.decodeTimes[samples.count] ?? 0) - header.mediaTime
  if (ticks / header.timescale > presentedSeconds + MOST_UNSEEN_SECONDS) {
    throw new TrackDefect('unsupported', 'A track is not shown to its end.')
  }
  return tableTrack(header, samples)
}

const MOST_BOXES = 64

const findIndex = async (file: FileBoxes): Promise<FileBox> => {
  for (let boxes = 0, position = 0; boxes < MOST_BOXES; boxes += 1) {
    const box = await file.boxAt(position)
    if (box.type === 'moov') return box
    if (box.type === 'moof') throw new TrackDefect('unsupported', 'The film begins with a fragment.')
    if (boxes === 0 && !FIRST_BOXES.has(box.type)) {
      throw new TrackDefect('unsupported', 'The file is neither MP4 nor MOV.')
    }
    position = box.end
  }
  throw new TrackDefect('unsupported', 'The file has no index near its beginning or end.')
}

const FIRST_BOXES: ReadonlySet<string> = new Set(['ftyp', 'mdat', 'wide', 'free', 'skip', 'pnot', 'uuid'])

import { type Films, type OpenFilm, SOURCE_SEGMENT_SECONDS, type SourceFilm } from '../../core/delivery/source-film.ts'
import { type CutTrack, cutMovie } from '../../core/packaging/cut-movie.ts'
import { openMovie } from '../../core/packaging/open-movie.ts'
import { TrackDefect } from '../../core/packaging/track-defect.ts'
import { createGate, type Gate } from '../../core/shared/gate.ts'
import { ObjectChangedError, type ObjectStore } from '../../core/shared/object-store.ts'
import { type BlockCache, createBlockCache, ObjectBlocks } from './block-cache.ts'
import { SharedCache } from './shared-cache.ts'

/** Of the tables of all open films: of a film of two hours they are 12 MB, and made again within a tenth of a second. */
const MOST_BYTES = 160 << 20
const BYTES_PER_UNIT = 24
const BYTES_PER_SEGMENT = 100
/** What is known of a film that cannot be played, and what a film takes beside its tables. */
const LEAST_BYTES = 4096
/** While one is opened its index is in memory as well. As many again of those that need many reads: they hold up one another, and nobody else. */
const OPENED_AT_ONCE = 2
/** Most need three; those in fragments without an index one for each. */
const FEW_READS = 16
/** Of all reads of one. Players have given up long before. */
const OPENING_MS = 20_000

interface Opened {
  readonly film: OpenFilm | undefined
}

/** The films asked for last stay open. One per process. What cannot be opened in time, or not read, is tried anew by whoever asks next. */
export const openFilms = (store: Pick<ObjectStore, 'fill'>, { openingMs = OPENING_MS } = {}): Films => {
  const cache = createBlockCache(store)
  const films = new SharedCache<Opened>({ mostBytes: MOST_BYTES, bytesOf: bytesOfFilm })
  const [few, many] = [createGate(OPENED_AT_ONCE), createGate(OPENED_AT_ONCE)]
  const openIn = (gate: Gate, film: SourceFilm, mostReads: number) =>
    gate(() => openFilm(cache, film, { mostReads, signal: AbortSignal.timeout(openingMs) }))
  const open = async (film: SourceFilm): Promise<Opened> => {
    try {
      return await openIn(few, film, FEW_READS)
    } catch (error) {
      if (error instanceof ManyReadsError) return openIn(many, film, Number.POSITIVE_INFINITY)
      throw error
    }
  }
  return {
    async open(film) {
      const { bucket, key, etag } = film
      const name = JSON.stringify([bucket, key, etag])
      try {
        return (await films.get(name, () => open(film))).film
      } catch (error) {
        if (error instanceof ObjectChangedError) return
        throw error
      }
    },
  }
}

class ManyReadsError extends Error {
  override readonly name = 'ManyReadsError'
}

const bytesOfFilm = ({ film }: Opened): number => LEAST_BYTES + bytesOf(film?.movie.video) + bytesOf(film?.movie.audio)

const bytesOf = (track: CutTrack | undefined): number =>
  track
    ? track.units.count * BYTES_PER_UNIT +
      (track.units.syncs?.byteLength ?? 0) +
      track.header.sampleDescriptions.length +
      track.segments.length * BYTES_PER_SEGMENT
    : 0

interface Opening {
  readonly mostReads: number
  readonly signal: AbortSignal
}

/** That a film cannot be played so is kept, too. Throws `ManyReadsError` for one that needs more of them. */
const openFilm = async (cache: BlockCache, film: SourceFilm, { mostReads, signal }: Opening): Promise<Opened> => {
  const blocks = new ObjectBlocks(cache, film)
  let reads = 0
  const readOnce = async (start: number, length: number) => {
    reads += 1
    if (reads > mostReads) throw new ManyReadsError(`the film needs more than ${mostReads} reads`)
    return blocks.readOnce({ start, length, signal })
  }
  try {
    const movie = await openMovie({ sizeBytes: film.sizeBytes, read: readOnce })
    return {
      film: {
        movie: cutMovie(movie, SOURCE_SEGMENT_SECONDS),
        read: (start, length) => blocks.read(start, length),
        fill: (target, start) => blocks.fill(target, start),
      },
    }
  } catch (error) {
    if (error instanceof TrackDefect) return { film: undefined }
    throw error
  }
}

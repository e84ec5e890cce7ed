import { type Films, type OpenFilm, SOURCE_SEGMENT_SECONDS, type SourceFilm } from '../../core/delivery/source-film.ts'
import { type CutTrack, cutMovie } from '../../core/packaging/cut-movie.ts'
import { openMovie } from '../../core/packaging/open-movie.ts'
import { TrackDefect } from '../../core/packaging/track-defect.ts'
import { createGate } from '../../core/shared/gate.ts'
import { ObjectChangedError, type ObjectStore } from '../../core/shared/object-store.ts'
import { type BlockCache, createBlockCache, ObjectBlocks } from './block-cache.ts'
import { SharedCache } from './shared-cache.ts'

/** Of the tables of all open films: of a film of two hours they are 12 MB, and made again within a tenth of a second. */
const MOST_BYTES = 160 << 20
const BYTES_PER_UNIT = 24
const BYTES_PER_SEGMENT = 100
/** What is known of a film that cannot be played, and what a film takes beside its tables. */
const LEAST_BYTES = 4096
/** While one is opened its index is in memory as well. */
const OPENED_AT_ONCE = 2

interface Opened {
  readonly film: OpenFilm | undefined
}

/** The films asked for last stay open. One per process. */
export const openFilms = (store: Pick<ObjectStore, 'read'>): Films => {
  const cache = createBlockCache(store)
  const films = new SharedCache<Opened>({ mostBytes: MOST_BYTES, bytesOf: bytesOfFilm })
  const gate = createGate(OPENED_AT_ONCE)
  return {
    async open(film) {
      const { bucket, key, etag } = film
      const name = JSON.stringify([bucket, key, etag])
      try {
        return (await films.get(name, () => gate(() => openFilm(cache, film)))).film
      } catch (error) {
        if (error instanceof ObjectChangedError) return
        throw error
      }
    },
  }
}

const bytesOfFilm = ({ film }: Opened): number => LEAST_BYTES + bytesOf(film?.movie.video) + bytesOf(film?.movie.audio)

const bytesOf = (track: CutTrack | undefined): number =>
  track
    ? track.units.count * BYTES_PER_UNIT +
      (track.units.syncs?.byteLength ?? 0) +
      track.header.sampleDescriptions.length +
      track.segments.length * BYTES_PER_SEGMENT
    : 0

/** That a film cannot be played so is kept, too. */
const openFilm = async (cache: BlockCache, film: SourceFilm): Promise<Opened> => {
  const blocks = new ObjectBlocks(cache, film)
  const read = (start: number, length: number) => blocks.read(start, length)
  const readOnce = (start: number, length: number) => blocks.readOnce(start, length)
  try {
    const movie = await openMovie({ sizeBytes: film.sizeBytes, read: readOnce })
    return { film: { read, movie: cutMovie(movie, SOURCE_SEGMENT_SECONDS) } }
  } catch (error) {
    if (error instanceof TrackDefect) return { film: undefined }
    throw error
  }
}

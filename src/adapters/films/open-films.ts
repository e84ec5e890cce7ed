import { LRUCache } from 'lru-cache'
import type { Films, OpenFilm, SourceFilm } from '../../core/delivery/source-film.ts'
import { cutMovie } from '../../core/packaging/cut-movie.ts'
import { type MovieTrack, openMovie } from '../../core/packaging/open-movie.ts'
import { TrackDefect } from '../../core/packaging/track-defect.ts'
import { ObjectChangedError, type ObjectStore } from '../../core/shared/object-store.ts'
import { BlockCache } from './block-cache.ts'

/** Of the tables of all open films: of a film of two hours they are 12 MB, and made again within a tenth of a second. */
const MOST_BYTES = 128 << 20
const BYTES_PER_SAMPLE = 24
/** What is known of a film that cannot be played, and what a film takes beside its samples. */
const LEAST_BYTES = 4096

interface Opened {
  readonly film: OpenFilm | undefined
}

/** Films are opened once however many ask for them, and the ones asked for last stay open. One per process. */
export const openFilms = (store: Pick<ObjectStore, 'read'>): Films => {
  const blocks = new BlockCache(store)
  const films = new LRUCache<string, Opened, SourceFilm>({
    maxSize: MOST_BYTES,
    sizeCalculation: ({ film }) => LEAST_BYTES + bytesOf(film?.movie.video) + bytesOf(film?.movie.audio),
    fetchMethod: async (_key, _stale, { context }) => ({ film: await openFilm(blocks, context) }),
  })
  return {
    async open(film) {
      const { bucket, key, etag, segmentSeconds } = film
      return (await films.forceFetch(JSON.stringify([bucket, key, etag, segmentSeconds]), { context: film })).film
    },
  }
}

const bytesOf = (track: MovieTrack | undefined): number => (track?.samples.count ?? 0) * BYTES_PER_SAMPLE

const openFilm = async (blocks: BlockCache, film: SourceFilm): Promise<OpenFilm | undefined> => {
  const read = (start: number, length: number) => blocks.read(film, start, length)
  try {
    return { read, movie: cutMovie(await openMovie({ sizeBytes: film.sizeBytes, read }), film.segmentSeconds) }
  } catch (error) {
    if (error instanceof TrackDefect || error instanceof ObjectChangedError) return
    throw error
  }
}

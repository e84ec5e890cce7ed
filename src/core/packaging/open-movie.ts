import { findBox, readBoxes, requireBox } from './boxes.ts'
import { type MovieSamples, readMovieSamples } from './movie-samples.ts'
import { readFields } from './read-bytes.ts'
import { TrackDefect } from './track-defect.ts'
import { kindOfTrack, parseMovieTimescale, parseTrack, type TrackHeader } from './track-header.ts'

/** An object that is read in ranges. */
export interface RangedBytes {
  readonly sizeBytes: number
  /** All of them, or it throws. */
  readonly read: (start: number, length: number) => Promise<Uint8Array>
}

export interface MovieTrack {
  readonly header: Omit<TrackHeader, 'defaults'>
  readonly samples: MovieSamples
}

/** The first track of each kind, as players choose. */
export interface Movie {
  readonly video?: MovieTrack
  readonly audio?: MovieTrack
}

/**
 * The sample tables of an MP4 or MOV file with its index anywhere, read in two or three ranges. Throws `TrackDefect` for what is none, is damaged, or
 * has tracks that are not simply presented one after the other from their beginning on.
 */
export const openMovie = async (file: RangedBytes): Promise<Movie> => {
  const moov = await readIndex(file)
  if (findBox(moov, ['mvex'])) throw new TrackDefect('unsupported', 'The file is fragmented.')
  const common = { movieTimescale: parseMovieTimescale(moov), fileBytes: file.sizeBytes }
  const [video] = tracksOf(moov, 'video')
  const [audio] = tracksOf(moov, 'audio')
  return {
    ...(video && { video: readTrack(video, { ...common, kind: 'video' }) }),
    ...(audio && { audio: readTrack(audio, { ...common, kind: 'audio' }) }),
  }
}

const tracksOf = (moov: Uint8Array, kind: TrackHeader['kind']): readonly Uint8Array[] =>
  [...readBoxes(moov)].flatMap(({ type, payload }) =>
    type === 'trak' && kindOfTrack(payload) === kind ? [payload] : [],
  )

const readTrack = (
  trak: Uint8Array,
  {
    kind,
    movieTimescale,
    fileBytes,
  }: { readonly kind: TrackHeader['kind']; readonly movieTimescale: number; readonly fileBytes: number },
): MovieTrack => {
  const parsed = parseTrack(trak, { kind, movieTimescale })
  // Copies: a view would keep the whole index in memory for as long as the film is open.
  const [geometry, sampleDescriptions] = [parsed.geometry.slice(), parsed.sampleDescriptions.slice()]
  const header = { ...parsed, geometry, sampleDescriptions }
  requireOwnSamples(requireBox(trak, ['mdia', 'minf', 'dinf', 'dref']))
  const samples = readMovieSamples(requireBox(trak, ['mdia', 'minf', 'stbl']), fileBytes)
  const presented = presentedSeconds(requireBox(trak, ['tkhd']), movieTimescale)
  const ticks = header.startDelay + (samples.decodeTimes[samples.count] ?? 0) - header.mediaTime
  if (ticks / header.timescale > presented + MOST_UNSEEN_SECONDS) {
    throw new TrackDefect('unsupported', 'A track is not shown to its end.')
  }
  return { header, samples }
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

/** Rounding, and what encoders of sound fill their last packet up with. */
const MOST_UNSEEN_SECONDS = 0.5

/** Duration of a `tkhd`, which is that of all edits together. */
const presentedSeconds = (tkhd: Uint8Array, movieTimescale: number): number => {
  const fields = readFields(tkhd)
  const version = fields.u8()
  fields.skip(version === 1 ? 27 : 19)
  return (version === 1 ? fields.u64() : fields.u32()) / movieTimescale
}

/** One read finds the index at the front of most files, and what comes behind the samples in all others. */
const WINDOW_BYTES = 256 << 10
/** Of a film of a day. */
const MOST_INDEX_BYTES = 64 << 20
const MOST_BOXES = 64

/** The payload of `moov`. */
const readIndex = async ({ sizeBytes, read }: RangedBytes): Promise<Uint8Array> => {
  let window: { readonly start: number; readonly bytes: Uint8Array } = { start: 0, bytes: new Uint8Array() }
  const at = async (start: number, length: number): Promise<Uint8Array> => {
    if (start + length > sizeBytes) throw new TrackDefect('cut_off', 'The file ends before its index.')
    if (start < window.start || start + length > window.start + window.bytes.length) {
      const wanted = Math.min(Math.max(length, WINDOW_BYTES), sizeBytes - start)
      window = { start, bytes: await read(start, wanted) }
    }
    return window.bytes.subarray(start - window.start, start - window.start + length)
  }
  for (let boxes = 0, position = 0; boxes < MOST_BOXES; boxes += 1) {
    const header = readFields(await at(position, 8))
    const shortSize = header.u32()
    const type = header.fourCc()
    const headerSize = shortSize === 1 ? 16 : 8
    const size =
      shortSize === 1 ? readFields(await at(position + 8, 8)).u64() : shortSize === 0 ? sizeBytes - position : shortSize
    if (size < headerSize) throw new TrackDefect('malformed', 'The file has a box of impossible size.')
    if (type === 'moov') {
      if (size > MOST_INDEX_BYTES) throw new TrackDefect('unsupported', 'The index of the file is too large.')
      return at(position + headerSize, size - headerSize)
    }
    if (boxes === 0 && !FIRST_BOXES.has(type)) throw new TrackDefect('unsupported', 'The file is neither MP4 nor MOV.')
    position += size
  }
  throw new TrackDefect('unsupported', 'The file has no index near its beginning or end.')
}

const FIRST_BOXES: ReadonlySet<string> = new Set(['ftyp', 'mdat', 'wide', 'free', 'skip', 'pnot', 'uuid'])

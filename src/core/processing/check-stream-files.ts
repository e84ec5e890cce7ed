import type { ParsedMedia, ParsedSegment } from '../packaging/parse-media-playlist.ts'
import type { PlaylistPiece } from '../packaging/playlist-lines.ts'
import { KIND_BYTES, type SegmentKind, segmentKind } from '../packaging/segment-kind.ts'
import type { ByteRange } from '../shared/object-store.ts'
import { PermanentFailure } from '../shared/task.ts'
import { findFile, readStart, type StreamFiles } from './find-file.ts'
import type { PinnedObject, PinnedPieces } from './ports.ts'
import type { DescribedStream } from './read-stream.ts'

/** A file of segments that was looked at. */
export interface CheckedFile {
  readonly object: PinnedObject
  readonly kind: SegmentKind
}

const PARALLEL = 8
/** Each is two requests to the store. */
const MAX_PIECES = 60_000

/**
 * Looks at every segment of a stream: it is there, holds the range that the playlist names, and begins like what it must be. Throws
 * `PermanentFailure` naming the first that does not.
 */
export const checkStreamFiles = async (
  files: StreamFiles,
  { variants, companions }: DescribedStream,
  onProgress: (share: number) => void,
): Promise<ReadonlyMap<string, CheckedFile>> => {
  const wanted = [...variants, ...companions].flatMap((track) => {
    const isText = 'kind' in track && track.kind === 'subtitles'
    return track.playlist.segments.map((segment) => ({ segment, isText }))
  })
  if (wanted.length > MAX_PIECES) throw new PermanentFailure(`the stream has more than ${MAX_PIECES} segments`)
  const looking = new Looking(files)
  for (let at = 0; at < wanted.length; at += PARALLEL) {
    files.signal.throwIfAborted()
    await Promise.all(wanted.slice(at, at + PARALLEL).map(({ segment, isText }) => looking.check(segment, isText)))
    onProgress(at / wanted.length)
  }
  return looking.checked
}

/** What was seen so far: of a file that holds many segments, and of a header before many, the head is asked for once. */
class Looking {
  readonly checked = new Map<string, CheckedFile>()
  readonly #files: StreamFiles
  readonly #objects = new Map<string, Promise<PinnedObject>>()
  readonly #kinds = new Map<string, Promise<SegmentKind>>()

  constructor(files: StreamFiles) {
    this.#files = files
  }

  async check(segment: ParsedSegment, isText: boolean): Promise<void> {
    const [map, kind] = [segment.map && (await this.#kindOf(segment.map)), await this.#kindOf(segment)]
    if (map && map !== kind) throw unlike(segment, 'it is of another kind than its #EXT-X-MAP')
    if (!map && kind === 'video/mp4') throw unlike(segment, 'it is fragmented MP4 without an #EXT-X-MAP')
    if (kind === 'text/vtt' && !isText) throw unlike(segment, 'it is text, not video or sound')
  }

  #kindOf(piece: PlaylistPiece): Promise<SegmentKind> {
    const name = `${piece.range?.start ?? ''} ${piece.path}`
    const known = this.#kinds.get(name)
    const kind = known ?? this.#look(piece)
    this.#kinds.set(name, kind)
    return kind
  }

  async #look(piece: PlaylistPiece): Promise<SegmentKind> {
    const asked = this.#objects.get(piece.path) ?? findFile(this.#files, piece.path)
    this.#objects.set(piece.path, asked)
    const object = await asked
    const { start, end } = rangeIn(piece, object)
    const range = { start, end: Math.min(end, start + KIND_BYTES - 1) }
    const kind = segmentKind(await readStart(this.#files, { object, range }))
    if (!kind) throw unlike(piece, 'it begins like no segment: neither MPEG-TS nor MP4, packed audio or WebVTT')
    this.checked.set(piece.path, { object, kind })
    return kind
  }
}

/** Which bytes of the object it is. Throws `PermanentFailure` when the object has fewer. */
export const rangeIn = (piece: PlaylistPiece, { sizeBytes }: PinnedObject): ByteRange => {
  const range = piece.range ?? { start: 0, end: sizeBytes - 1 }
  if (range.end >= sizeBytes) throw unlike(piece, `it has ${sizeBytes} bytes, and the playlist names byte ${range.end}`)
  return range
}

const unlike = ({ path }: PlaylistPiece, what: string): PermanentFailure =>
  new PermanentFailure(`the segment ${path} is not what the playlist says: ${what}`)

/** The beginning of a track as FFmpeg can read it: its first segment behind its header. */
export const sampleOf = ({ segments }: ParsedMedia, checked: ReadonlyMap<string, CheckedFile>): PinnedPieces => {
  const [first] = segments
  const pieces = [first?.map, first].flatMap((piece) => {
    const object = piece && checked.get(piece.path)?.object
    return object ? [{ object, range: rangeIn(piece, object) }] : []
  })
  return { pieces, sizeBytes: pieces.reduce((sum, { range }) => sum + range.end - range.start + 1, 0) }
}

/** Bytes of all segments of a track. */
export const trackBytes = ({ segments }: ParsedMedia, checked: ReadonlyMap<string, CheckedFile>): number =>
  segments.reduce((sum, { path, range }) => {
    const whole = checked.get(path)?.object.sizeBytes ?? 0
    return sum + (range ? range.end - range.start + 1 : whole)
  }, 0)

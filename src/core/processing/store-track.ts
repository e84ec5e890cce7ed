import type { CutTrack } from '../packaging/check-track.ts'
import { endsOf } from '../packaging/gops.ts'
import { createSampleTable, type SampleTable } from '../packaging/sample-table.ts'
import type { SegmentCipher } from '../packaging/segment-cipher.ts'
import { segmentTrack } from '../packaging/segment-track.ts'
import type { TrackInit, TrackSegment } from '../packaging/track-part.ts'
import type { ObjectStore } from '../shared/object-store.ts'

/** Where one track of a stream goes: below `folder`, as `init.mp4`, `00000.m4s`, ... */
export interface TrackPlace {
  readonly store: Pick<ObjectStore, 'put'>
  readonly bucket: string
  /** Key prefix, ends in a slash. */
  readonly folder: string
  /** For findings, e.g. `1280x720`. */
  readonly name: string
  readonly segmentSeconds: number
  /** Seals each segment before it is stored; absent: they are clear. The init segment always is. */
  readonly cipher?: SegmentCipher
  /** For tracks that files are written of. */
  readonly keepsSamples: boolean
  readonly signal: AbortSignal
}

/** What was stored: the numbers of all segments, and of the bytes only what verification decodes. */
export interface StoredTrack extends CutTrack {
  readonly init: TrackInit
  readonly segments: readonly StoredSegment[]
  /** Beginning and end of the track, each decodable with the init segment alone. */
  readonly ends: readonly Uint8Array[]
  readonly table?: SampleTable
}

export type StoredSegment = Omit<TrackSegment, 'type' | 'bytes' | 'run'> & {
  readonly file: string
  readonly sizeBytes: number
}

export const INIT_FILE = 'init.mp4'

const segmentFile = (index: number): string => `${String(index).padStart(5, '0')}.m4s`

/**
 * Cuts a track as it comes from the encoder and stores each segment as soon as it is complete: nothing is kept on disk, and
 * of the bytes at most two segments in memory. A store that is slower than the encoder slows it down.
 */
export const storeTrack = async (place: TrackPlace, bytes: AsyncIterable<Uint8Array>): Promise<StoredTrack> => {
  const { name, segmentSeconds, folder, cipher } = place
  const table = place.keepsSamples ? createSampleTable() : undefined
  const segments: StoredSegment[] = []
  let init: TrackInit | undefined
  let first: WrittenSegment | undefined
  let last: WrittenSegment | undefined
  // One segment is written while the next one is encoded.
  let writing: Promise<void> = Promise.resolve()
  for await (const part of segmentTrack(bytes, { segmentSeconds })) {
    await writing
    if (part.type === 'init') {
      init = part
      writing = put(place, INIT_FILE, part.bytes)
    } else {
      const { type: _, bytes: content, run, ...numbers } = part
      table?.add(run)
      const file = segmentFile(part.index)
      const bytes = cipher ? cipher.seal(content, folder + file) : content
      last = { file, bytes }
      first ??= last
      segments.push({ ...numbers, file, sizeBytes: bytes.length })
      writing = put(place, file, bytes)
    }
    // Awaited above or below; without this a failure in between would count as unhandled.
    writing.catch(() => {})
  }
  await writing
  if (!init || !first || !last) throw new Error('segmentTrack gives an init segment and at least one segment')
  // Of sound any packet begins a "group of pictures": one alone would decode to nothing.
  const begin = opened(place, first)
  // The same bytes where it is the same segment: `endsOf` tells it by that.
  const end = last === first ? begin : opened(place, last)
  const ends = init.kind === 'video' ? endsOf(begin, end) : [begin, end]
  return { name, timescale: init.timescale, init, segments, ends, ...(table && { table }) }
}

interface WrittenSegment {
  readonly file: string
  readonly bytes: Uint8Array
}

/** What was written, as a player gets it: the check of the result covers the encryption, too. */
const opened = ({ cipher, folder }: TrackPlace, { file, bytes }: WrittenSegment): Uint8Array => {
  const clear = cipher ? cipher.open(bytes, folder + file) : bytes
  if (!clear) throw new Error('a sealed segment must open with its own key')
  return clear
}

const put = ({ store, bucket, folder, signal }: TrackPlace, file: string, bytes: Uint8Array): Promise<void> =>
  store.put({ bucket, key: folder + file }, bytes, { contentType: 'video/mp4', signal })

import type { CutTrack } from '../packaging/check-track.ts'
import { endsOf, type TrackEnd } from '../packaging/gops.ts'
import { packedSegment } from '../packaging/packed-audio.ts'
import { createParameterCheck } from '../packaging/parameter-check.ts'
import { createIndependenceCheck } from '../packaging/random-access.ts'
import { earliestPresentation } from '../packaging/sample.ts'
import { createSampleTable, type SampleTable } from '../packaging/sample-table.ts'
import type { SegmentCipher } from '../packaging/segment-cipher.ts'
import { segmentTrack, type TrackChunk } from '../packaging/segment-track.ts'
import type { TrackInit, TrackPart, TrackSegment } from '../packaging/track-part.ts'
import type { ObjectStore } from '../shared/object-store.ts'

/** Where one track of a stream goes: into each of the folders, as `init.mp4`, `00000.m4s`, ... */
export interface TrackPlace {
  readonly store: Pick<ObjectStore, 'put'>
  readonly bucket: string
  /** At least one. */
  readonly folders: readonly TrackFolder[]
  /** For findings, e.g. `1280x720`. */
  readonly name: string
  readonly segmentSeconds: number
  /** Of the film; absent: all of it. The first one brings the init segment. */
  readonly chunk?: TrackChunk
  readonly container: TrackContainer
  /** For tracks that files are written of. */
  readonly keepsSamples: boolean
  readonly signal: AbortSignal
  /** Throws for a segment that is not to be stored. */
  readonly check?: (segment: TrackSegment) => Promise<void>
}

/** `packed`: the frames of sound alone, which need no init segment. */
export type TrackContainer = 'cmaf' | 'packed'

export interface TrackFolder {
  /** Key prefix, ends in a slash. */
  readonly prefix: string
  /** Seals each segment before it is stored; absent: they are clear. The init segment always is. */
  readonly cipher?: SegmentCipher
}

/** What was stored: the numbers of all segments, and of the bytes only what verification decodes. */
export interface StoredTrack extends CutTrack {
  readonly init: TrackInit
  readonly container: TrackContainer
  readonly segments: readonly StoredSegment[]
  /** No segment needs another one to be decoded. */
  readonly independent: boolean
  /** No edit list hides any of its pictures. */
  readonly showsAll: boolean
  /** When its segments first tell other parameters of the picture than its header; absent: never. */
  readonly changesAtSeconds?: number
  /** Beginning and end of the track, each decodable with the init segment alone. */
  readonly ends: readonly TrackEnd[]
  readonly table?: SampleTable
}

export type StoredSegment = Omit<TrackSegment, 'type' | 'bytes' | 'run'> & {
  readonly file: string
  /** While it is clear. */
  readonly sizeBytes: number
}

export const INIT_FILE = 'init.mp4'

const ENDINGS = { cmaf: 'm4s', packed: 'mp3' } as const satisfies Record<TrackContainer, string>
const CONTENT_TYPES = { m4s: 'video/mp4', mp4: 'video/mp4', mp3: 'audio/mpeg' } as const

const segmentFile = (index: number, container: TrackContainer): string =>
  `${String(index).padStart(5, '0')}.${ENDINGS[container]}`

/** Of a track at once: each waits most of its time for a disk or a network. One more may come on top of the bytes. */
const WRITES = { parts: 4, bytes: 8 << 20 } as const

/**
 * Cuts a track as it comes from the encoder and stores each segment as soon as it is complete: nothing is kept on disk, and
 * of the bytes at most `WRITES` and one segment in memory. A store that is slower than the encoder slows it down.
 */
export const storeTrack = async (place: TrackPlace, bytes: AsyncIterable<Uint8Array>): Promise<StoredTrack> => {
  const { segmentSeconds, chunk } = place
  const storing = beginTrack(place)
  try {
    for await (const part of segmentTrack(bytes, { segmentSeconds, ...(chunk && { chunk }) })) await storing.add(part)
    return await storing.end()
  } finally {
    await storing.settled()
  }
}

/** Stores the parts of a track in their order. */
export interface TrackStoring {
  /** Ends when few enough are being written. Throws what a write before failed with. */
  readonly add: (part: TrackPart) => Promise<void>
  readonly end: () => Promise<StoredTrack>
  /** When nothing of it is being written any more; never throws. */
  readonly settled: () => Promise<unknown>
}

/** `whenStored` is told of each segment whose bytes are not needed any more, in memory that may be used again. */
export const beginTrack = (
  place: TrackPlace,
  whenStored: (segment: Uint8Array) => void = () => undefined,
): TrackStoring => {
  const { name, chunk, container } = place
  const table = place.keepsSamples ? createSampleTable() : undefined
  const segments: StoredSegment[] = []
  let init: TrackInit | undefined
  let isIndependent: ((segment: TrackSegment) => boolean) | undefined
  let changesAt: ((segment: TrackSegment) => number | undefined) | undefined
  let changesAtSeconds: number | undefined
  let [independent, showsAll] = [true, true]
  let first: Uint8Array | undefined
  let last: { readonly bytes: Uint8Array; readonly written: Promise<void> } | undefined
  const writing: { readonly bytes: number; readonly written: Promise<void> }[] = []
  const untilFew = async (): Promise<void> => {
    const bytes = () => writing.reduce((sum, write) => sum + write.bytes, 0)
    while (writing.length === WRITES.parts || bytes() > WRITES.bytes) await writing.shift()?.written
  }
  const begin = ({ length: bytes }: Uint8Array, written: Promise<void>): void => {
    writing.push({ bytes, written })
    // Awaited above or below; without this a failure in between would count as unhandled.
    written.catch(() => {})
  }
  const addSegment = async (part: TrackSegment): Promise<void> => {
    await place.check?.(part)
    const { type: _, bytes: cmaf, run, ...numbers } = part
    const bytes = container === 'packed' ? packedSegment(part, init?.timescale ?? 1) : cmaf
    table?.add(run)
    independent &&= isIndependent?.(part) === true
    changesAtSeconds ??= changesAt?.(part)
    showsAll &&= init?.kind === 'audio' || earliestPresentation(run) >= (init?.mediaTime ?? 0)
    const file = segmentFile(part.index, container)
    first ??= cmaf
    segments.push({ ...numbers, file, sizeBytes: bytes.length })
    const written = putSegment(place, file, bytes)
    begin(bytes, written)
    // The ends of the track are for verification.
    const before = last
    if (before && before.bytes !== first)
      void before.written.then(
        () => whenStored(before.bytes),
        () => undefined,
      )
    last = { bytes: cmaf, written }
  }
  return {
    async add(part) {
      await untilFew()
      if (part.type === 'segment') await addSegment(part)
      else {
        init = part
        isIndependent = createIndependenceCheck(part)
        changesAt = createParameterCheck(part)
        if (!chunk || chunk.startSeconds === 0) begin(part.bytes, putInit(place, part.bytes))
      }
    },
    settled: () => Promise.allSettled(writing.map(({ written }) => written)),
    async end() {
      await Promise.all(writing.map(({ written }) => written))
      if (!init || !first || !last) throw new Error('a track has an init segment and at least one segment')
      return {
        ...{ name, timescale: init.timescale, init, container, segments, independent, showsAll },
        ...(changesAtSeconds !== undefined && { changesAtSeconds }),
        // Of sound any packet begins a "group of pictures": one alone would decode to nothing.
        ends: init.kind === 'video' ? endsOf(first, last.bytes) : [{ bytes: first }, { bytes: last.bytes }],
        ...(table && { table }),
      }
    },
  }
}

const putSegment = async (place: TrackPlace, file: string, bytes: Uint8Array): Promise<void> => {
  for (const { prefix, cipher } of place.folders) {
    await putFile(place, prefix + file, cipher ? sealed(cipher, prefix + file, bytes) : bytes)
  }
}

/** Checked at once: what verification decodes later are the clear bytes. */
const sealed = (cipher: SegmentCipher, key: string, clear: Uint8Array): Uint8Array => {
  const bytes = cipher.seal(clear, key)
  const again = cipher.open(bytes, key)
  if (!again || Buffer.compare(again, clear) !== 0) throw new Error('a sealed segment must open to what it was')
  return bytes
}

const putInit = async (place: TrackPlace, bytes: Uint8Array): Promise<void> => {
  for (const { prefix } of place.folders) await putFile(place, prefix + INIT_FILE, bytes)
}

const putFile = ({ store, bucket, container, signal }: TrackPlace, key: string, bytes: Uint8Array): Promise<void> => {
  const ending = key.endsWith(INIT_FILE) ? 'mp4' : ENDINGS[container]
  return store.put({ bucket, key }, bytes, { contentType: CONTENT_TYPES[ending], signal })
}

import { ascii, box, boxPieces, concat, fullBox, lengthOf, requireBox, u16, u32, u32List, u64, zeros } from './boxes.ts'
import { IDENTITY_MATRIX, mediaPieces } from './init-segment.ts'
import { type Runs, sumOfRuns } from './runs.ts'
import type { SampleTable } from './sample-table.ts'
import { parseTrackHeader, type TrackHeader } from './track-header.ts'

/** A track that was cut into segments. */
export interface CutMedia {
  /** Its init segment, of ours. */
  readonly init: Uint8Array
  readonly table: SampleTable
  /** Where its presentation ends on the asset's timeline. */
  readonly endSeconds: number
}

/** What stands before the samples, and in which order those of whole segments follow it. */
export interface Mp4Layout {
  /** `ftyp`, `moov` and the header of `mdat`, in pieces. */
  readonly head: readonly Uint8Array[]
  /** `track`: position among the tracks given. */
  readonly order: readonly { readonly track: number; readonly segment: number }[]
  readonly sizeBytes: number
}

/**
 * An MP4 file of tracks as they were cut, its index first, so that it plays while it is loaded. The samples are the segments' own;
 * those of all tracks alternate segment by segment.
 */
export const progressiveMp4 = (media: readonly CutMedia[]): Mp4Layout => {
  const tracks = media.map(prepare)
  const order = tracks
    .flatMap(({ starts }, track) => starts.map((start, segment) => ({ track, segment, start })))
    .toSorted((a, b) => a.start - b.start || a.track - b.track)
  const payloadBytes = tracks.reduce(
    (sum, { table }) => sum + table.segments.reduce((bytes, one) => bytes + one.bytes, 0),
    0,
  )
  const mdat = concat([u32(1), ascii('mdat'), u64(payloadBytes + 16)])
  const headAt = (payloadStart: number): readonly Uint8Array[] => {
    const offsets = chunkOffsets(tracks, order, payloadStart)
    return [FTYP, ...moov(tracks, offsets), mdat]
  }
  // The offsets are 8 bytes each whatever they say, so the size of the head is known before them.
  const head = headAt(lengthOf(headAt(0)))
  return { head, order, sizeBytes: lengthOf(head) + payloadBytes }
}

const FTYP = box('ftyp', ascii('isom'), u32(0x200), ascii('isomiso6mp41'))

interface Track extends CutMedia {
  readonly header: TrackHeader
  /** Decode time of each segment in seconds. */
  readonly starts: readonly number[]
  /** Ticks of the track from its first sample to the first presented one; negative when it begins later than 0. */
  readonly skippedTicks: number
  /** All but where the segments lie. */
  readonly sampleTables: readonly Uint8Array[]
}

const prepare = (media: CutMedia): Track => {
  const header = parseTrackHeader(requireBox(media.init, ['moov']))
  const { segments } = media.table
  return {
    ...media,
    header,
    starts: segments.map(({ decodeTime }) => decodeTime / header.timescale),
    skippedTicks: header.mediaTime - (segments[0]?.decodeTime ?? 0),
    sampleTables: sampleTables(header, media.table),
  }
}

const chunkOffsets = (
  tracks: readonly Track[],
  order: Mp4Layout['order'],
  payloadStart: number,
): readonly (readonly number[])[] => {
  const offsets = tracks.map((): number[] => [])
  let at = payloadStart
  for (const { track, segment } of order) {
    offsets[track]?.push(at)
    at += tracks[track]?.table.segments[segment]?.bytes ?? 0
  }
  return offsets
}

/** Exact for the first track; the end of another one is rounded up, because players cut what lies behind the end of an edit. */
const moov = (tracks: readonly Track[], offsets: readonly (readonly number[])[]): readonly Uint8Array[] => {
  const timescale = tracks[0]?.header.timescale ?? 1000
  const durations = tracks.map(({ endSeconds }) => Math.ceil(Number((endSeconds * timescale).toFixed(3))))
  return boxPieces(
    'moov',
    fullBox(
      'mvhd',
      LONG,
      zeros(16),
      u32(timescale),
      u64(Math.max(...durations)),
      ...[u32(0x10000), u16(0x100), zeros(10), IDENTITY_MATRIX, zeros(24), u32(tracks.length + 1)],
    ),
    ...tracks.flatMap((track, n) =>
      trak(track, { id: n + 1, timescale, duration: durations[n] ?? 0, offsets: offsets[n] ?? [] }),
    ),
  )
}

const PLAIN = { version: 0, flags: 0 }
const LONG = { version: 1, flags: 0 }

interface Place {
  readonly id: number
  /** Of the movie. */
  readonly timescale: number
  /** In that. */
  readonly duration: number
  readonly offsets: readonly number[]
}

const trak = (track: Track, place: Place): readonly Uint8Array[] => {
  const { kind, geometry, timescale, language } = track.header
  const mediaTicks = sumOfRuns(track.table.durations)
  return boxPieces(
    'trak',
    // Enabled, in the movie, in the preview.
    fullBox(
      'tkhd',
      { version: 1, flags: 7 },
      ...[zeros(16), u32(place.id, 0), u64(place.duration), zeros(8)],
      ...[u16(0, 0, kind === 'audio' ? 0x100 : 0, 0), geometry],
    ),
    box('edts', editList(track, place)),
    ...mediaPieces(track.header, {
      header: fullBox('mdhd', LONG, zeros(16), u32(timescale), u64(mediaTicks), u16(language, 0)),
      sampleTables: [...track.sampleTables, chunkOffsetBox(place.offsets)],
    }),
  )
}

/** Hides what precedes the first presented sample (reordering delay, priming), or waits for a track that begins late. */
const editList = ({ skippedTicks, header }: Track, { timescale, duration }: Place): Uint8Array => {
  const rate = u16(1, 0)
  if (skippedTicks >= 0) return fullBox('elst', LONG, u32(1), u64(duration), u64(skippedTicks), rate)
  const wait = Math.round((-skippedTicks * timescale) / header.timescale)
  const nothing = u32(0xffffffff, 0xffffffff)
  const edits = [u64(wait), nothing, rate, u64(Math.max(0, duration - wait)), u64(0), rate]
  return fullBox('elst', LONG, u32(2), ...edits)
}

const sampleTables = ({ kind }: TrackHeader, table: SampleTable): readonly Uint8Array[] => {
  const reordered = table.compositionOffsets.values.some((offset) => offset !== 0)
  const { segments } = table
  // Each run of segments with as many samples: the number of its first one, counted from 1.
  const perChunk = segments.flatMap(({ samples }, at) =>
    samples === segments[at - 1]?.samples ? [] : [at + 1, samples, 1],
  )
  return [
    fullBox('stts', PLAIN, ...runColumn(table.durations)),
    // Version 1 has offsets with a sign.
    ...(reordered ? [fullBox('ctts', LONG, ...runColumn(table.compositionOffsets))] : []),
    // Without the list every sample is one to begin at.
    ...(kind === 'video'
      ? [fullBox('stss', PLAIN, u32(table.syncs.length), u32List(table.syncs.map((at) => at + 1)))]
      : []),
    fullBox('stsc', PLAIN, u32(perChunk.length / 3), u32List(perChunk)),
    fullBox('stsz', PLAIN, u32(0, table.sizes.length), u32List(table.sizes)),
  ]
}

const chunkOffsetBox = (offsets: readonly number[]): Uint8Array =>
  fullBox(
    'co64',
    PLAIN,
    u32(offsets.length),
    u32List(offsets.flatMap((at) => [Math.floor(at / 2 ** 32), at % 2 ** 32])),
  )

/** Count of the runs, then each as length and value. */
const runColumn = ({ values, counts }: Runs): readonly Uint8Array[] => {
  const column = new Uint32Array(2 * values.length)
  values.forEach((value, at) => {
    column.set([counts[at] ?? 0, value], 2 * at)
  })
  return [u32(values.length), u32List(column)]
}

import { ascii, box, boxPieces, concat, fullBox, u16, u32, zeros } from './boxes.ts'
import type { TrackHeader } from './track-header.ts'

/** Every file that we write has one track. */
export const TRACK_ID = 1

const PLAIN = { version: 0, flags: 0 }
export const IDENTITY_MATRIX = u32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)

/**
 * `ftyp` and `moov` of a track. The sample descriptions are the encoder's own bytes; all else is ours.
 *
 * The one edit hides what precedes the first presented sample (reordering delay, AAC priming). A late start is in the
 * segments' decode times instead of an empty edit, because Chromium's MSE ignores empty edits.
 */
export const initSegment = (track: Omit<TrackHeader, 'defaults'>): Uint8Array =>
  concat([
    box('ftyp', ascii('cmfc'), u32(0), ascii('cmfciso6')),
    box(
      'moov',
      fullBox(
        'mvhd',
        PLAIN,
        u32(0, 0, track.timescale, 0, 0x10000),
        u16(0x100),
        zeros(10),
        IDENTITY_MATRIX,
        zeros(24),
        u32(TRACK_ID + 1),
      ),
      box('trak', trackHeaderBox(track), box('edts', editList(track.mediaTime)), media(track)),
      box('mvex', fullBox('trex', PLAIN, u32(TRACK_ID, 1, 0, 0, 0))),
    ),
  ])

/** Flags: enabled, in the movie, in the preview. */
const trackHeaderBox = ({ kind, geometry }: Pick<TrackHeader, 'kind' | 'geometry'>): Uint8Array =>
  fullBox(
    'tkhd',
    { version: 0, flags: 7 },
    u32(0, 0, TRACK_ID, 0, 0),
    zeros(8),
    u16(0, 0, kind === 'audio' ? 0x100 : 0, 0),
    geometry,
  )

/** A duration of 0 in a fragmented file: to the end, whatever the fragments bring. */
const editList = (mediaTime: number): Uint8Array =>
  fullBox(
    'elst',
    { version: 1, flags: 0 },
    u32(1),
    u32(0, 0),
    u32(Math.floor(mediaTime / 2 ** 32), mediaTime % 2 ** 32),
    u16(1, 0),
  )

const media = (track: Omit<TrackHeader, 'defaults'>): Uint8Array =>
  concat(
    mediaPieces(track, {
      header: fullBox('mdhd', PLAIN, u32(0, 0, track.timescale, 0), u16(track.language, 0)),
      sampleTables: [
        fullBox('stts', PLAIN, u32(0)),
        fullBox('stsc', PLAIN, u32(0)),
        fullBox('stsz', PLAIN, u32(0, 0)),
        fullBox('stco', PLAIN, u32(0)),
      ],
    }),
  )

/** The `mdia` of a track with the encoder's own sample descriptions. */
export const mediaPieces = (
  { kind, sampleDescriptions }: Pick<TrackHeader, 'kind' | 'sampleDescriptions'>,
  { header, sampleTables }: { readonly header: Uint8Array; readonly sampleTables: readonly Uint8Array[] },
): readonly Uint8Array[] =>
  boxPieces(
    'mdia',
    header,
    fullBox('hdlr', PLAIN, u32(0), ascii(kind === 'video' ? 'vide' : 'soun'), zeros(12), ascii(`${kind}\0`)),
    ...boxPieces(
      'minf',
      kind === 'video' ? fullBox('vmhd', { version: 0, flags: 1 }, zeros(8)) : fullBox('smhd', PLAIN, zeros(4)),
      box('dinf', fullBox('dref', PLAIN, u32(1), fullBox('url ', { version: 0, flags: 1 }))),
      ...boxPieces('stbl', box('stsd', sampleDescriptions), ...sampleTables),
    ),
  )

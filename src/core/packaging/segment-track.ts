import { concat } from './boxes.ts'
import { cutSegments, type GridChunk, type SegmentCutter } from './cut-segments.ts'
import { initSegment } from './init-segment.ts'
import { parseFragment } from './parse-fragment.ts'
import type { SampleRun } from './sample.ts'
import { type StreamedBox, streamBoxes } from './stream-boxes.ts'
import { TrackDefect } from './track-defect.ts'
import { parseTrackHeader, type TrackHeader } from './track-header.ts'
import type { TrackInit, TrackPart } from './track-part.ts'

export interface TrackGrid {
  readonly segmentSeconds: number
  readonly chunk?: TrackChunk
}

export interface TrackChunk extends GridChunk {
  /** What the encoder keeps back, to reorder frames or to look ahead; the same for all chunks of a film, so that one init segment serves all. */
  readonly delaySeconds: number
}

/**
 * Cuts one track of fragmented MP4, as FFmpeg writes it to a pipe, into an init segment and media segments on the grid.
 *
 * Input: `-f mp4 -movflags +frag_keyframe+delay_moov+default_base_moof`, keyframes forced at multiples of
 * `segmentSeconds`, closed GOPs. Of a chunk that is not the first also `+frag_discont`. The pieces are kept until their segment is complete and must not be reused.
 * Needs memory for one segment, one fragment and one result. Throws `TrackDefect`.
 */
export async function* segmentTrack(bytes: AsyncIterable<Uint8Array>, grid: TrackGrid): AsyncGenerator<TrackPart> {
  let track: { readonly header: TrackHeader; readonly later: number; readonly cutter: SegmentCutter } | undefined
  let moof: StreamedBox | undefined
  for await (const box of streamBoxes(bytes)) {
    if (box.type === 'moov' && !track) {
      const own = parseTrackHeader(concat(box.payload))
      const header = grid.chunk ? { ...own, mediaTime: commonDelay(own, grid.chunk) } : own
      track = { header, later: header.mediaTime - own.mediaTime, cutter: cutSegments(header, grid) }
      yield trackInit(header)
    } else if (box.type === 'moof') {
      moof = box
    } else if (box.type === 'mdat') {
      if (!track || !moof) throw new TrackDefect('unsupported', 'The track is not fragmented.')
      const run = readFragment(track.header, moof, box)
      const later = track.header.kind === 'video' ? shownLater : decodedLater
      yield* track.cutter.add(later(run, track.later), box.payload)
      moof = undefined
    }
  }
  if (!track) throw new TrackDefect('empty', 'The encoder wrote nothing.')
  if (moof) throw new TrackDefect('cut_off', 'The track ends in the middle of a fragment.')
  yield* track.cutter.finish()
}

/**
 * How long after the beginning of the media every chunk of a film shows its first frame: what the encoder keeps back varies by a tick, or by more where a
 * frame is missing. Then some are shown before they are decoded, which composition offsets may say.
 */
const commonDelay = ({ timescale }: TrackHeader, { delaySeconds }: TrackChunk): number =>
  // What is a whole number stays one.
  Math.ceil(delaySeconds * timescale - 1e-6)

const shownLater = (run: SampleRun, ticks: number): SampleRun =>
  ticks === 0
    ? run
    : {
        ...run,
        samples: run.samples.map((sample) => ({ ...sample, compositionOffset: sample.compositionOffset + ticks })),
      }

/** Of sound all packets are kept back alike, so they are decoded later, too. */
const decodedLater = (run: SampleRun, ticks: number): SampleRun => ({ ...run, decodeTime: run.decodeTime + ticks })

const readFragment = ({ trackId, defaults }: TrackHeader, moof: StreamedBox, mdat: StreamedBox) => {
  const payload = concat(moof.payload)
  const dataOffset = moof.headerSize + payload.length + mdat.headerSize
  return parseFragment(payload, { trackId, defaults, dataOffset, dataBytes: sizeOf(mdat) })
}

const sizeOf = ({ payload }: StreamedBox): number => payload.reduce((sum, piece) => sum + piece.length, 0)

export const trackInit = (header: Omit<TrackHeader, 'defaults'>): TrackInit => ({
  type: 'init',
  kind: header.kind,
  codec: header.codec,
  timescale: header.timescale,
  mediaTime: header.mediaTime,
  width: header.width,
  height: header.height,
  bytes: initSegment(header),
})

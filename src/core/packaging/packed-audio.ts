import { ascii, concat, u32, u64, zeros } from './boxes.ts'
import { totalBytes } from './sample.ts'
import type { TrackSegment } from './track-part.ts'

/**
 * A segment of sound as HLS has it without a container (RFC 8216, 3.4): its time in an ID3 tag, then the frames as they are. That is how
 * players on Media Source Extensions take MP3; in MP4 none of them does.
 */
export const packedSegment = ({ bytes, startTicks, run }: TrackSegment, timescale: number): Uint8Array =>
  // The samples of a segment are its last bytes.
  concat([timestampTag((startTicks * 90_000) / timescale), bytes.subarray(bytes.length - totalBytes(run.samples))])

const OWNER = 'com.apple.streaming.transportStreamTimestamp'
/** As in MPEG-TS: 33 bits of 1/90000 s. */
const CLOCK_ROUND = 2 ** 33

/** ID3 version 2.4 with one private frame. Its sizes are below 128, where "syncsafe" numbers are plain ones. */
const timestampTag = (ticks: number): Uint8Array => {
  const content = concat([ascii(OWNER), zeros(1), u64(Math.round(ticks) % CLOCK_ROUND)])
  const frame = concat([ascii('PRIV'), u32(content.length), zeros(2), content])
  return concat([ascii('ID3'), Uint8Array.of(4, 0, 0), u32(frame.length), frame])
}

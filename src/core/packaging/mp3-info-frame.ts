import { ascii, concat, requireBox, u32, zeros } from './boxes.ts'
import type { CutMedia } from './progressive-mp4.ts'
import { parseTrackHeader } from './track-header.ts'

export interface Mp3Sound {
  readonly sampleRate: number
  readonly channels: number
}

/** Samples by which every decoder is late; readers add them to the delay that the frame names. */
const DECODER_DELAY = 529
const MOST_PADDING = 4095

/** By sampling rate, MPEG-1 and MPEG-2; the bit rates (128 and 64 kbit/s) are those of which the frame has room for its fields. */
const V1 = { version: 0xfb, bitRateIndex: 9, bitRate: 128_000, rates: [44_100, 48_000, 32_000], samples: 1152 }
const V2 = { version: 0xf3, bitRateIndex: 8, bitRate: 64_000, rates: [22_050, 24_000, 16_000], samples: 576 }

/**
 * The first frame of an MP3 file, silent to players that do not know it: how many frames and bytes follow, and what of them is priming
 * and padding (Xing's and LAME's fields). Without it players guess the duration. Empty for a rate that has no such frame.
 */
export const mp3InfoFrame = ({ init, table, endSeconds }: CutMedia, { sampleRate, channels }: Mp3Sound): Uint8Array => {
  const layout = [V1, V2].find(({ rates }) => rates.includes(sampleRate))
  if (!layout) return new Uint8Array()
  const { version, bitRateIndex, bitRate, rates, samples } = layout
  const rateIndex = rates.indexOf(sampleRate)
  const header = Uint8Array.of(0xff, version, (bitRateIndex << 4) | (rateIndex << 2), channels === 1 ? 0xc0 : 0)
  const size = Math.floor(((samples / 8) * bitRate) / sampleRate)
  const frames = table.sizes.length
  const bytes = size + table.sizes.reduce((sum, one) => sum + one, 0)
  const { mediaTime, timescale } = parseTrackHeader(requireBox(init, ['moov']))
  const skipped = Math.round(((mediaTime - (table.segments[0]?.decodeTime ?? 0)) * sampleRate) / timescale)
  const padding = frames * samples - skipped - Math.round(endSeconds * sampleRate)
  const fields = concat([
    header,
    zeros(sideBytes(layout === V1, channels)),
    // Frames, bytes, where each hundredth lies (of a constant rate: evenly), quality.
    ...[ascii('Info'), u32(0xf, frames, bytes), Uint8Array.from({ length: 100 }, (_, n) => (n * 256) / 100), u32(0)],
    ...trimming(skipped - DECODER_DELAY, Math.max(0, padding) + DECODER_DELAY),
  ])
  return concat([fields, zeros(size - fields.length)])
}

/** What decoders read of a frame before its sound. */
const sideBytes = (isV1: boolean, channels: number): number => {
  if (isV1) return channels === 1 ? 17 : 32
  return channels === 1 ? 9 : 17
}

/** Nothing where it has no room: of a source that was passed on, say. Readers believe in it by the encoder's name. */
const trimming = (delay: number, padding: number): readonly Uint8Array[] =>
  delay < 0 || delay > MOST_PADDING || padding > MOST_PADDING
    ? []
    : [ascii('Lavc'), zeros(17), Uint8Array.of(delay >> 4, ((delay & 15) << 4) | (padding >> 8), padding & 255)]

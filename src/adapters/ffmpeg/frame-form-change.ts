import type { Readable } from 'node:stream'

interface Frame {
  /** Rate and channels, in the bits of the header. */
  readonly form: number
  readonly sizeBytes: number
  readonly seconds: number
}

/**
 * When frames that each say what they are (ADTS, MP3) first say something else than at the beginning, in seconds of sound. Reads the packets
 * to their end; of those that say nothing, as AAC in MP4 does, nothing is known. One frame alone may be damage.
 */
export const frameFormChange = async (packets: Readable): Promise<number | undefined> => {
  let bytes: Buffer = Buffer.alloc(0)
  let [seconds, isFramed] = [0, true]
  let form: number | undefined
  let last: { readonly form: number; readonly seconds: number } | undefined
  let changesAt: number | undefined
  for await (const chunk of packets) {
    if (!isFramed) continue
    bytes = Buffer.concat([bytes, chunk])
    let at = 0
    while (at + HEADER_BYTES <= bytes.length) {
      const frame = frameAt(bytes, at)
      if (!frame && !last) isFramed = false
      if (!isFramed) break
      at += frame?.sizeBytes ?? 1
      if (!frame) continue
      if (frame.form === last?.form) {
        form ??= frame.form
        if (frame.form !== form) changesAt ??= last.seconds
      }
      last = { form: frame.form, seconds }
      seconds += frame.seconds
    }
    bytes = bytes.subarray(Math.min(at, bytes.length))
  }
  return changesAt
}

const HEADER_BYTES = 6

const frameAt = (bytes: Buffer, at: number): Frame | undefined => {
  const header = bytes.readUInt32BE(at)
  if (header >>> 21 !== 0x7ff) return undefined
  return ((header >>> 17) & 3) === 0 ? adtsFrame(header, bytes.readUInt16BE(at + 4)) : mp3Frame(header)
}

const AAC_RATES = [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350]

/** ISO/IEC 13818-7, 6.2. */
const adtsFrame = (header: number, next: number): Frame | undefined => {
  const rate = AAC_RATES[(header >>> 10) & 15]
  const sizeBytes = ((header & 3) << 11) | (next >>> 5)
  if (!rate || sizeBytes < HEADER_BYTES) return undefined
  // Kind, rate and channels; the bit between them is for private use.
  return { form: header & 0xfdc0, sizeBytes, seconds: 1024 / rate }
}

const MP3_RATES = [44_100, 48_000, 32_000]
const V1_KBPS = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320]
const V2_KBPS = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160]

/** ISO/IEC 11172-3, 2.4.2.3: layer III of version 1, 2 or the half of 2. */
const mp3Frame = (header: number): Frame | undefined => {
  const [version, layer, rateIndex] = [(header >>> 19) & 3, (header >>> 17) & 3, (header >>> 10) & 3]
  const full = MP3_RATES[rateIndex]
  const kbps = (version === 3 ? V1_KBPS : V2_KBPS)[(header >>> 12) & 15]
  if (version === 1 || layer !== 1 || !full || !kbps) return undefined
  const rate = full / (version === 3 ? 1 : version === 2 ? 2 : 4)
  const samples = version === 3 ? 1152 : 576
  const isMono = ((header >>> 6) & 3) === 3
  const padding = (header >>> 9) & 1
  const sizeBytes = Math.floor((samples * kbps * 125) / rate) + padding
  return { form: rate * 2 + (isMono ? 1 : 0), sizeBytes, seconds: samples / rate }
}

/** What the first bytes of a segment say that it is; the content type under which players know it. */
export type SegmentKind = 'video/mp2t' | 'video/mp4' | 'audio/aac' | 'audio/mpeg' | 'audio/ac3' | 'text/vtt'

/** So many bytes are enough to tell. */
export const KIND_BYTES = 512

const TS_PACKET = 188
const TS_SYNC = 0x47
const BOXES: ReadonlySet<string> = new Set([
  ...['ftyp', 'styp', 'moov', 'moof', 'sidx', 'emsg', 'prft', 'free', 'skip', 'uuid'],
])

/** `undefined`: nothing that a segment may be (RFC 8216, section 3). */
export const segmentKind = (bytes: Uint8Array): SegmentKind | undefined => {
  const [first, second = 0] = bytes
  const isTs = bytes.length >= TS_PACKET && [0, 1, 2].every((n) => (bytes[n * TS_PACKET] ?? TS_SYNC) === TS_SYNC)
  if (isTs) return 'video/mp2t'
  if (bytes.length >= 8 && BOXES.has(latin1(bytes, 4, 8))) return 'video/mp4'
  // Packed audio begins with the time of its first sample, in an ID3 tag; most of it is AAC.
  if (latin1(bytes, 0, 3) === 'ID3') return 'audio/aac'
  if (first === 0xff && (second & 0xf6) === 0xf0) return 'audio/aac'
  if (first === 0xff && (second & 0xe0) === 0xe0) return 'audio/mpeg'
  if (first === 0x0b && second === 0x77) return 'audio/ac3'
  return /^(?:\u00ef\u00bb\u00bf)?WEBVTT/.test(latin1(bytes, 0, 9)) ? 'text/vtt' : undefined
}

const latin1 = (bytes: Uint8Array, start: number, end: number): string =>
  String.fromCharCode(...bytes.subarray(start, end))

/** What the bytes of an uploaded picture say about it. */
export interface ReadPicture {
  readonly format: 'png' | 'jpeg'
  readonly width: number
  readonly height: number
  /** Where the picture ends. What lies behind is no part of it, and could be another picture of any size. */
  readonly endsAt: number
}

export const MOST_PICTURE_BYTES = 10 << 20
const [FEWEST_PIXELS, MOST_PIXELS] = [8, 4096]

/**
 * PNG and JPEG by their bytes, as far as their structure goes: nothing is decoded, so that a picture of absurd size costs nothing.
 * Answers what is wrong otherwise, to complete "what was uploaded ...".
 */
export const readPicture = (bytes: Buffer): ReadPicture | string => {
  if (bytes.length > MOST_PICTURE_BYTES) return `has more than ${MOST_PICTURE_BYTES >> 20} MB`
  const picture = bytes.subarray(0, 8).equals(PNG) ? readPng(bytes) : isJpeg(bytes) ? readJpeg(bytes) : undefined
  if (picture === undefined) return 'is no PNG or JPEG picture'
  if (typeof picture === 'string') return picture
  const { width, height } = picture
  const sides = [width, height]
  if (sides.every((side) => side >= FEWEST_PIXELS && side <= MOST_PIXELS)) return picture
  return `has ${width}x${height} pixels; ${FEWEST_PIXELS}x${FEWEST_PIXELS} to ${MOST_PIXELS}x${MOST_PIXELS} are allowed`
}

const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

/** Chunks of length, type, content and checksum, from IHDR to IEND. */
const readPng = (bytes: Buffer): ReadPicture | string => {
  let size: { readonly width: number; readonly height: number } | undefined
  let hasPixels = false
  for (let at = PNG.length; at + 12 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at)
    const type = bytes.toString('latin1', at + 4, at + 8)
    const next = at + 12 + length
    if (next > bytes.length) break
    if (type === 'IHDR' && length >= 8) {
      if (size) return 'is a broken PNG: it has two headers'
      size = { width: bytes.readUInt32BE(at + 8), height: bytes.readUInt32BE(at + 12) }
    }
    if (!size) return 'is a broken PNG: it does not begin with its header'
    if (type === 'IDAT') hasPixels = true
    if (type === 'IEND') return hasPixels ? { format: 'png', ...size, endsAt: next } : 'is a PNG without a picture'
    at = next
  }
  return 'is a PNG that was cut off'
}

const isJpeg = (bytes: Buffer): boolean => bytes.length > 3 && bytes.readUIntBE(0, 3) === 0xffd8ff

const [SOF0, SOF1, SOF2, DHT, JPG, DAC, SOI, EOI, SOS] = [0xc0, 0xc1, 0xc2, 0xc4, 0xc8, 0xcc, 0xd8, 0xd9, 0xda]
const FRAMES: ReadonlySet<number> = new Set([SOF0, SOF1, SOF2])
const NO_FRAMES: ReadonlySet<number> = new Set([DHT, JPG, DAC])

/** Segments of a marker and a length, up to EOI; behind SOS follow coded bytes, in which FF is escaped. */
const readJpeg = (bytes: Buffer): ReadPicture | string => {
  let size: { readonly width: number; readonly height: number } | undefined
  let hasPixels = false
  for (let at = 2; at + 2 <= bytes.length; ) {
    if (bytes[at] !== 0xff) return 'is a broken JPEG'
    const marker = bytes[at + 1] ?? 0
    if (marker === 0xff) {
      at += 1
      continue
    }
    if (marker === EOI)
      return size && hasPixels ? { format: 'jpeg', ...size, endsAt: at + 2 } : 'is a JPEG without a picture'
    if (marker === SOI || at + 4 > bytes.length) break
    const next = at + 2 + bytes.readUInt16BE(at + 2)
    if (next > bytes.length) break
    if (marker >= SOF0 && marker <= 0xcf && !NO_FRAMES.has(marker)) {
      if (!FRAMES.has(marker) || size) return 'is a JPEG of a kind that is not accepted'
      if (next < at + 10 || ![1, 3].includes(bytes[at + 9] ?? 0)) return 'is a JPEG in other colours than grey or YCbCr'
      size = { width: bytes.readUInt16BE(at + 7), height: bytes.readUInt16BE(at + 5) }
    }
    if (marker === SOS) hasPixels = true
    at = marker === SOS ? endOfScan(bytes, next) : next
  }
  return 'is a JPEG that was cut off'
}

/** Where the next marker stands that is no restart (D0 to D7) and no escaped FF. */
const endOfScan = (bytes: Buffer, from: number): number => {
  for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const marker = bytes[at + 1] ?? 0
    if (marker !== 0 && marker !== 0xff && !(marker >= 0xd0 && marker <= 0xd7)) return at
  }
  return bytes.length
}

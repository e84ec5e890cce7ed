import { expect, test } from 'vitest'
import { readPicture } from './read-picture.ts'

const chunk = (type: string, content: Buffer) => {
  const head = Buffer.alloc(8)
  head.writeUInt32BE(content.length)
  head.write(type, 4, 'latin1')
  return Buffer.concat([head, content, Buffer.alloc(4)])
}
const header = (width: number, height: number) => {
  const bytes = Buffer.alloc(13)
  bytes.writeUInt32BE(width)
  bytes.writeUInt32BE(height, 4)
  return chunk('IHDR', bytes)
}
const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')
const png = (...chunks: readonly Buffer[]) => Buffer.concat([SIGNATURE, ...chunks])
const DATA = chunk('IDAT', Buffer.alloc(20))
const END = chunk('IEND', Buffer.alloc(0))
const small = png(header(8, 4096), DATA, END)

const frame = (marker: number, [width, height]: readonly [number, number], components = 3) => {
  const bytes = Buffer.alloc(10 + 3 * components)
  bytes.writeUInt16BE(0xff00 | marker)
  bytes.writeUInt16BE(bytes.length - 2, 2)
  bytes.writeUInt16BE(height, 5)
  bytes.writeUInt16BE(width, 7)
  bytes[9] = components
  return bytes
}
const SCAN = Buffer.from([0xff, 0xda, 0, 4, 0, 0, 1, 0xff, 0, 2, 0xff, 0xd1, 3])
const START = Buffer.from([0xff, 0xd8, 0xff, 0xe1, 0, 6, 0xff, 0xd9, 0xff, 0xd8])
const STOP = Buffer.from([0xff, 0xd9])
const jpeg = (...parts: readonly Buffer[]) => Buffer.concat([START, ...parts])

test('a PNG and a JPEG say what they are, and where they end', () => {
  expect(readPicture(small)).toEqual({ format: 'png', width: 8, height: 4096, endsAt: small.length })
  const whole = jpeg(frame(0xc2, [100, 50]), SCAN, SCAN, STOP)
  expect(readPicture(whole)).toEqual({ format: 'jpeg', width: 100, height: 50, endsAt: whole.length })
})

test('what lies behind a picture is no part of it', () => {
  const bomb = png(header(65_535, 65_535), DATA, END)
  expect(readPicture(Buffer.concat([small, bomb]))).toMatchObject({ width: 8, endsAt: small.length })
  const whole = jpeg(frame(0xc0, [100, 50], 1), SCAN, STOP)
  expect(readPicture(Buffer.concat([whole, whole]))).toMatchObject({ endsAt: whole.length })
})

test.each([
  ['nothing', Buffer.alloc(0), /no PNG or JPEG/],
  ['text', Buffer.from('not a picture at all'), /no PNG or JPEG/],
  ['a GIF', Buffer.from('GIF89a..........'), /no PNG or JPEG/],
  ['more than 10 MB', Buffer.concat([small, Buffer.alloc(10 << 20)]), /more than 10 MB/],
  ['a PNG that is too small', png(header(7, 8), DATA, END), /7x8 pixels/],
  ['a PNG that is too large', png(header(4097, 8), DATA, END), /4097x8 pixels/],
  ['a PNG of absurd size', png(header(0xffff_ffff, 0xffff_ffff), DATA, END), /4294967295x/],
  ['a PNG without its end', small.subarray(0, -12), /cut off/],
  ['a PNG that ends in a chunk', small.subarray(0, 40), /cut off/],
  ['a PNG whose header comes late', png(DATA, header(8, 8), END), /does not begin with its header/],
  ['a PNG with two headers', png(header(8, 8), header(9999, 9999), DATA, END), /two headers/],
  ['a PNG without pixels', png(header(8, 8), END), /without a picture/],
  ['a JPEG that is too large', jpeg(frame(0xc0, [8, 5000]), SCAN, STOP), /8x5000 pixels/],
  ['a JPEG without its end', jpeg(frame(0xc0, [8, 8]), SCAN), /cut off/],
  ['a JPEG with two frames', jpeg(frame(0xc0, [8, 8]), frame(0xc0, [60_000, 60_000]), SCAN, STOP), /not accepted/],
  ['a lossless JPEG', jpeg(frame(0xc3, [8, 8]), SCAN, STOP), /not accepted/],
  ['a JPEG in CMYK', jpeg(frame(0xc0, [8, 8], 4), SCAN, STOP), /other colours/],
  ['a JPEG without pixels', jpeg(frame(0xc0, [8, 8]), STOP), /without a picture/],
  ['a JPEG with rubbish in it', jpeg(Buffer.from('rubbish')), /broken JPEG/],
])('%s is refused', (_, bytes, reason) => {
  expect(readPicture(bytes)).toMatch(reason)
})

/** Says what a file is when its first bytes show that it is no media file; such files never reach FFmpeg. */
export const notMedia = (head: Buffer): string | undefined => {
  if (head.length === 0) return 'the file is empty'
  const picture = PICTURES.find(([magic]) => head.subarray(0, magic.length).equals(magic))
  if (picture) return `the file is a ${picture[1]} picture, not a video or audio file`
  if (!isText(head)) return undefined
  const text = head.toString('utf8').trimStart().toLowerCase()
  if (text.startsWith('#extm3u')) return 'the file is a playlist, not a video or audio file'
  if (/^(?:<!doctype html|<html|<head|<body)/.test(text)) return 'the file is a web page, not a video or audio file'
  if (text.startsWith('<')) return 'the file is XML or HTML text, not a video or audio file'
  return 'the file is plain text, not a video or audio file'
}

const PICTURES: readonly (readonly [Buffer, string])[] = [
  [Buffer.from([0xff, 0xd8, 0xff]), 'JPEG'],
  [Buffer.from([0x89, 0x50, 0x4e, 0x47]), 'PNG'],
  [Buffer.from('GIF8'), 'GIF'],
]

/** No media container is without control characters in its first bytes; UTF-8 has none but these. */
const isText = (head: Buffer): boolean => head.every((byte) => byte >= 0x20 || (byte >= 0x09 && byte <= 0x0d))

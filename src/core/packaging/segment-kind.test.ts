import { expect, test } from 'vitest'
import { segmentKind } from './segment-kind.ts'

const packets = (...starts: readonly number[]) =>
  Uint8Array.from(starts.flatMap((start) => [start, ...Array(187).fill(0)]))
const text = (content: string) => new TextEncoder().encode(content)

test.each([
  [packets(0x47, 0x47, 0x47), 'video/mp2t'],
  [packets(0x47), 'video/mp2t'],
  [text('\0\0\0\u0018styp....'), 'video/mp4'],
  [text('\0\0\0\u0018moof....'), 'video/mp4'],
  [text('ID3\u0004'), 'audio/aac'],
  [Uint8Array.of(0xff, 0xf1, 0x50), 'audio/aac'],
  [Uint8Array.of(0xff, 0xfb, 0x90), 'audio/mpeg'],
  [Uint8Array.of(0x0b, 0x77), 'audio/ac3'],
  [text('\ufeffWEBVTT\n'), 'text/vtt'],
])('%# is %s', (bytes, kind) => {
  expect(segmentKind(bytes)).toBe(kind)
})

test.each([
  [new Uint8Array()],
  [packets(0x47, 0x46)],
  [text('<html>')],
  [text('#EXTM3U')],
  [text('GIF8')],
  [text('....name')],
])('%# is no segment', (bytes) => {
  expect(segmentKind(bytes)).toBeUndefined()
})

import { expect, test } from 'vitest'
import { ascii, box, concat, fullBox, zeros } from './boxes.ts'
import { codecString } from './codec-string.ts'

const PLAIN = { version: 0, flags: 0 }
const visual = (config: Uint8Array) => concat([zeros(78), box('pasp', zeros(8)), config])
const audio = (esds: readonly number[]) => concat([zeros(28), fullBox('esds', PLAIN, Uint8Array.from(esds))])

test.each([
  ['avc1', [1, 0x64, 0x00, 0x28, 0xff], 'avc1.640028'],
  ['avc3', [1, 0x42, 0xc0, 0x0c, 0xff], 'avc3.42c00c'],
])('%s takes profile, constraints and level from avcC', (type, avcC, expected) => {
  expect(codecString(type, visual(box('avcC', Uint8Array.from(avcC))))).toBe(expected)
})

test.each([
  // Main profile, level 3.1, progressive: the example that everybody quotes.
  [[1, 0x01, 0x60, 0, 0, 0, 0xb0, 0, 0, 0, 0, 0, 93], 'hvc1.1.6.L93.B0'],
  [[1, 0x22, 0x20, 0, 0, 0, 0x90, 0, 0, 0, 0, 0, 153], 'hvc1.2.4.H153.90'],
  [[1, 0x41, 0x60, 0, 0, 0, 0xb0, 0, 0x23, 0, 0, 0, 120], 'hvc1.A1.6.L120.B0.0.23'],
  [[1, 0x01, 0x60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 30], 'hvc1.1.6.L30'],
])('hvc1 of %j is %s', (hvcC, expected) => {
  expect(codecString('hvc1', visual(box('hvcC', Uint8Array.from(hvcC))))).toBe(expected)
})

const decoderConfig = [0x15, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
test.each([
  [
    'AAC-LC with lengths in four bytes, as FFmpeg writes',
    [
      3,
      0x80,
      0x80,
      0x80,
      37,
      0,
      1,
      0,
      4,
      0x80,
      0x80,
      0x80,
      23,
      0x40,
      ...decoderConfig,
      5,
      0x80,
      0x80,
      0x80,
      2,
      0x11,
      0x90,
    ],
    '40.2',
  ],
  ['AAC-LC with lengths in one byte', [3, 25, 0, 1, 0, 4, 17, 0x40, ...decoderConfig, 5, 2, 0x12, 0x10], '40.2'],
  ['HE-AAC', [3, 25, 0, 1, 0, 4, 17, 0x40, ...decoderConfig, 5, 2, 0x2b, 0x92], '40.5'],
  ['an escaped object type (xHE-AAC, 42)', [3, 25, 0, 1, 0, 4, 17, 0x40, ...decoderConfig, 5, 2, 0xf9, 0x40], '40.42'],
  [
    'optional fields before the configuration',
    [3, 34, 0, 1, 0xe0, 0, 7, 3, 0x61, 0x62, 0x63, 0, 9, 4, 17, 0x40, ...decoderConfig, 5, 2, 0x12, 0x10],
    '40.2',
  ],
  ['MP3', [3, 21, 0, 1, 0, 4, 13, 0x6b, ...decoderConfig], '6B'],
])('mp4a: %s', (_, esds, expected) => {
  expect(codecString('mp4a', audio(esds))).toBe(`mp4a.${expected}`)
})

test('other codecs and missing descriptions are refused by name', () => {
  expect(() => codecString('vp09', visual(ascii('')))).toThrow('"vp09"')
  expect(() => codecString('avc1', visual(ascii('')))).toThrow('avcC')
  expect(() => codecString('mp4a', zeros(28))).toThrow('does not say which codec')
})

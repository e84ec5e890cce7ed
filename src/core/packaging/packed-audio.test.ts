import { expect, test } from 'vitest'
import { packedSegment } from './packed-audio.ts'

const segment = (startTicks: number) => ({
  ...({ type: 'segment', index: 0, startTicks, durationTicks: 1, samples: 2 } as const),
  run: {
    decodeTime: 0,
    samples: [3, 2].map((sizeBytes) => ({ sizeBytes, duration: 1, flags: 0, compositionOffset: 0 })),
  },
  bytes: Buffer.from('moofmdatABCDE'),
})

test('a packed segment is its time in an ID3 tag, and then the frames', () => {
  const bytes = Buffer.from(packedSegment(segment(44_100 * 10), 44_100))
  expect(bytes.subarray(0, 6)).toEqual(Buffer.from([...Buffer.from('ID3'), 4, 0, 0]))
  // Every byte counts seven bits, in both sizes.
  expect([bytes.readUInt32BE(6), bytes.toString('latin1', 10, 14), bytes.readUInt32BE(14)]).toEqual([63, 'PRIV', 53])
  expect(bytes.toString('latin1', 20, 65)).toBe('com.apple.streaming.transportStreamTimestamp\0')
  expect(bytes.readBigUInt64BE(65)).toBe(900_000n)
  expect(bytes.toString('latin1', 73)).toBe('ABCDE')
})

test('its clock goes round as that of MPEG-TS does', () => {
  const bytes = Buffer.from(packedSegment(segment(2 ** 33 + 90_000), 90_000))
  expect(bytes.readBigUInt64BE(65)).toBe(90_000n)
})

import { expect, test } from 'vitest'
import { endsOf } from '../../src/core/packaging/gops.ts'
import { hashFrames } from './ffmpeg.ts'
import { packaged } from './packaged.ts'

test('both ends of a track decode alone, to the frames at the ends of their segments', async () => {
  const { init, segments } = await packaged('film')
  const frames = (bytes: Uint8Array) => hashFrames('decode', Buffer.concat([init.bytes, bytes]))
  const [first, second] = segments
  if (!first || !second) throw new Error('the film has several segments')
  const ends = endsOf(first.bytes, second.bytes)
  const [beginning = [], end = []] = await Promise.all(ends.map(({ bytes }) => frames(bytes)))
  expect([beginning.length, end.length]).toEqual(ends.map((one) => one.frames))
  expect(beginning.length).toBeGreaterThan(0)
  expect(beginning).toEqual((await frames(first.bytes)).slice(0, beginning.length))
  expect(end.length).toBeGreaterThan(0)
  expect(end).toEqual((await frames(second.bytes)).slice(-end.length))
})

test('the ends of a single group of pictures are one piece, so that no time comes twice', async () => {
  const { init, segments } = await packaged('film')
  for (const { bytes } of segments) {
    const pieces = endsOf(bytes, bytes)
    const [whole, ...ends] = await Promise.all(
      [bytes, ...pieces.map((end) => end.bytes)].map((piece) =>
        hashFrames('decode', Buffer.concat([init.bytes, piece])),
      ),
    )
    if (pieces.length === 1) expect(ends[0]).toEqual(whole)
    else expect((ends[0]?.length ?? 0) + (ends[1]?.length ?? 0)).toBeLessThanOrEqual(whole?.length ?? 0)
  }
})

test('bytes that are no segment are refused', async () => {
  const { init } = await packaged('film')
  expect(() => endsOf(init.bytes, init.bytes)).toThrow('not a media segment')
})

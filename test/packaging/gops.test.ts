import { expect, test } from 'vitest'
import { endsOf } from '../../src/core/packaging/gops.ts'
import { hashFrames } from './ffmpeg.ts'
import { packaged } from './packaged.ts'

test('both ends of a track decode alone, to the frames at the ends of their segments', async () => {
  const { init, segments } = await packaged('film')
  const frames = (bytes: Uint8Array) => hashFrames('decode', Buffer.concat([init.bytes, bytes]))
  const [first, second] = segments
  if (!first || !second) throw new Error('the film has several segments')
  const [beginning, end] = await Promise.all(endsOf(first.bytes, second.bytes).map(frames))
  // Cut in the order of decoding: at most the last three pictures may wait for others that would be shown before them.
  const settled = beginning?.slice(0, Math.max(1, beginning.length - 3)) ?? []
  expect(settled.length).toBeGreaterThan(0)
  expect(settled).toEqual((await frames(first.bytes)).slice(0, settled.length))
  expect(end?.length).toBeGreaterThan(0)
  expect(end).toEqual((await frames(second.bytes)).slice(-(end?.length ?? 0)))
})

test('the ends of a single group of pictures are one piece, so that no time comes twice', async () => {
  const { init, segments } = await packaged('film')
  for (const { bytes } of segments) {
    const pieces = endsOf(bytes, bytes)
    const [whole, ...ends] = await Promise.all(
      [bytes, ...pieces].map((piece) => hashFrames('decode', Buffer.concat([init.bytes, piece]))),
    )
    if (pieces.length === 1) expect(ends[0]).toEqual(whole)
    else expect((ends[0]?.length ?? 0) + (ends[1]?.length ?? 0)).toBeLessThanOrEqual(whole?.length ?? 0)
  }
})

test('bytes that are no segment are refused', async () => {
  const { init } = await packaged('film')
  expect(() => endsOf(init.bytes, init.bytes)).toThrow('not a media segment')
})

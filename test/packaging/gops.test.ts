import { expect, test } from 'vitest'
import { beginning, lastGop } from '../../src/core/packaging/gops.ts'
import { hashFrames } from './ffmpeg.ts'
import { packaged } from './packaged.ts'

test('the beginning and the last group of pictures decode alone to the frames at the ends of their segment', async () => {
  const { init, segments } = await packaged('film')
  const frames = (bytes: Uint8Array) => hashFrames('decode', Buffer.concat([init.bytes, bytes]))
  let several = 0
  for (const { bytes } of segments) {
    const [whole, first, last] = await Promise.all([frames(bytes), frames(beginning(bytes)), frames(lastGop(bytes))])
    // Cut in the order of decoding: at most the last three pictures may wait for others that would be shown before them.
    const settled = first.slice(0, Math.max(1, first.length - 3))
    expect(settled.length).toBeGreaterThan(0)
    expect(settled).toEqual(whole.slice(0, settled.length))
    expect(last).toEqual(whole.slice(-last.length))
    if (last.length < whole.length) several += 1
  }
  expect(several).toBeGreaterThan(0)
})

test('bytes that are no segment are refused', async () => {
  const { init } = await packaged('film')
  expect(() => beginning(init.bytes)).toThrow('not a media segment')
})

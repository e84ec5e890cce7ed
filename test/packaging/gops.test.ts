import { expect, test } from 'vitest'
import { firstGop, lastGop } from '../../src/core/packaging/gops.ts'
import { hashFrames } from './ffmpeg.ts'
import { packaged } from './packaged.ts'

test('the first and the last group of pictures decode alone to the frames at the ends of their segment', async () => {
  const { init, segments } = await packaged('film')
  const frames = (bytes: Uint8Array) => hashFrames('decode', Buffer.concat([init.bytes, bytes]))
  let several = 0
  for (const { bytes } of segments) {
    const [whole, first, last] = await Promise.all([frames(bytes), frames(firstGop(bytes)), frames(lastGop(bytes))])
    expect(first.length).toBeGreaterThan(0)
    expect(first).toEqual(whole.slice(0, first.length))
    expect(last).toEqual(whole.slice(-last.length))
    if (first.length < whole.length) several += 1
    else expect(lastGop(bytes)).toEqual(firstGop(bytes))
  }
  expect(several).toBeGreaterThan(0)
})

test('bytes that are no segment are refused', async () => {
  const { init } = await packaged('film')
  expect(() => firstGop(init.bytes)).toThrow('not a media segment')
})

import { expect, test } from 'vitest'
import { keepVariants } from './keep-variants.ts'
import { masterPlaylist } from './master-playlist.ts'

const variant = (uri: string, sound = 'audio') => ({
  ...{
    uri,
    bandwidth: 1,
    averageBandwidth: 1,
    codecs: ['avc1.640028', 'mp4a.40.2'],
    width: 2,
    height: 2,
    frameRate: 24,
    sound,
  },
})
const soundOf = (group: string) => ({ group, uri: `${group}.m3u8`, channels: 2 })
const sounds = [soundOf('audio')]

test('an index with some variants only is the one that would have been written for the others', () => {
  const whole = masterPlaylist({
    independent: true,
    variants: ['1.m3u8', '2.m3u8', '3.m3u8'].map((uri) => variant(uri)),
    sounds,
  })
  const left = masterPlaylist({ independent: true, variants: [variant('2.m3u8')], sounds })
  expect(keepVariants(whole, (uri) => uri === '2.m3u8')).toBe(left)
  expect(keepVariants(whole, () => true)).toBe(whole)
})

test('a sound that no variant is left for is not named any more', () => {
  const variants = [variant('1.m3u8'), variant('2.m3u8', 'audio2')]
  const whole = masterPlaylist({ independent: true, variants, sounds: [...sounds, soundOf('audio2')] })
  const [first, second] = variants.map((one) => keepVariants(whole, (uri) => uri === one.uri))
  expect(first).toBe(masterPlaylist({ independent: true, variants: variants.slice(0, 1), sounds }))
  expect(second).toBe(masterPlaylist({ independent: true, variants: variants.slice(1), sounds: [soundOf('audio2')] }))
})

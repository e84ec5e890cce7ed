import { expect, test } from 'vitest'
import { keepVariants } from './keep-variants.ts'
import { masterPlaylist } from './master-playlist.ts'

const variant = (uri: string) => ({
  ...{
    uri,
    bandwidth: 1,
    averageBandwidth: 1,
    codecs: ['avc1.640028', 'mp4a.40.2'],
    width: 2,
    height: 2,
    frameRate: 24,
    sound: 'audio',
  },
})
const sounds = [{ group: 'audio', uri: 'audio.m3u8', channels: 2 }]

test('an index with some variants only is the one that would have been written for the others', () => {
  const whole = masterPlaylist({ independent: true, variants: ['1.m3u8', '2.m3u8', '3.m3u8'].map(variant), sounds })
  const left = masterPlaylist({ independent: true, variants: [variant('2.m3u8')], sounds })
  expect(keepVariants(whole, (uri) => uri === '2.m3u8')).toBe(left)
  expect(keepVariants(whole, () => true)).toBe(whole)
})

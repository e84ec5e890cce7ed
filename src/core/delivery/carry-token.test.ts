import { expect, test } from 'vitest'
import { masterPlaylist } from '../packaging/master-playlist.ts'
import { mediaPlaylist } from '../packaging/media-playlist.ts'
import { carryToken, readToken } from './carry-token.ts'

const changedLines = (before: string, after: string) => {
  const old = new Set(before.split('\n'))
  return after.split('\n').filter((line) => !old.has(line))
}

test('a master playlist leads to its children with the token', () => {
  const variant = { bandwidth: 1, averageBandwidth: 1, codecs: ['avc1'], width: 2, height: 2, frameRate: 1 }
  const text = masterPlaylist({
    independent: true,
    variants: [{ ...variant, uri: 'a_1.m3u8', sound: 'audio' }],
    sounds: [{ group: 'audio', uri: 'a_audio.m3u8', channels: 2 }],
  })
  const [audio, ...others] = changedLines(text, carryToken(text, 'x/y'))
  expect(audio).toMatch(/^#EXT-X-MEDIA:.*URI="a_audio\.m3u8\?token=x%2Fy"$/)
  expect(others).toEqual(['a_1.m3u8?token=x%2Fy'])
})

test.each([
  ['../keys/run', '../keys/run?token=t'],
  ['https://keys.example/get?asset_id=1', 'https://keys.example/get?asset_id=1&token=t'],
])('a media playlist asks for the key %s with the token, and for nothing else', (keyUri, expected) => {
  const segments = [{ uri: 'a/0.m4s', durationTicks: 1 }]
  const text = mediaPlaylist({
    independent: true,
    init: 'a/init.mp4',
    segments,
    timescale: 1,
    targetSeconds: 1,
    keyUri,
  })
  const changed = changedLines(text, carryToken(text, 't'))
  expect(changed).toEqual([expect.stringContaining(`URI="${expected}",IV=0x`)])
})

test.each(['', 'a b', 'a"b', 'a\nb', 'a#b', 'x'.repeat(4097)])('"%s" is no token', (token) => {
  expect(readToken(new URLSearchParams({ token }))).toBeUndefined()
})

test('tokens of other services are carried, too', () => {
  const token = 'eyJh.eyJz~+/=:@'
  expect(readToken(new URLSearchParams({ token }))).toBe(token)
})

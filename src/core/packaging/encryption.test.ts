import { createDecipheriv } from 'node:crypto'
import { expect, test } from 'vitest'
import { mediaPlaylist } from './media-playlist.ts'
import { filesOf, rewritePlaylist } from './rewrite-playlist.ts'
import { segmentCipher } from './segment-cipher.ts'

const KEY = Uint8Array.from({ length: 16 }, (_, n) => n)
const [ONE, TWO] = ['a'.repeat(32), 'b'.repeat(32)]

const playlistOf = (run: string, keyUri?: string) =>
  mediaPlaylist({
    independent: true,
    init: `${run}_1/init.mp4`,
    segments: ['00000.m4s', '00001.m4s'].map((file) => ({ uri: `${run}_1/${file}`, durationTicks: 2 })),
    timescale: 1,
    targetSeconds: 2,
    ...(keyUri !== undefined && { keyUri }),
  })

test.each([0, 1, 15, 16, 17, 100_000])('%d bytes open to what they were, by the IV that the playlist names', (size) => {
  const clear = Uint8Array.from({ length: size }, (_, n) => n % 251)
  const path = `${ONE}_1/00001.m4s`
  const cipher = segmentCipher(KEY)
  const sealed = cipher.seal(clear, `project/asset/play_video/${path}`)
  expect(sealed.length).toBe(size - (size % 16) + 16)
  expect(Buffer.from(cipher.open(sealed, path) ?? '')).toEqual(Buffer.from(clear))
  const [, iv = ''] = /IV=0x([0-9a-f]{32})\n#EXTINF:[\d.]+,\n\w+\/00001\.m4s/.exec(playlistOf(ONE, 'k')) ?? []
  const player = createDecipheriv('aes-128-cbc', KEY, Buffer.from(iv, 'hex'))
  expect(Buffer.concat([player.update(sealed), player.final()])).toEqual(Buffer.from(clear))
})

test('equal segments of two tracks, or of two runs, are not alike once they are sealed', () => {
  const paths = [`${ONE}_1/00000.m4s`, `${ONE}_2/00000.m4s`, `${TWO}_1/00000.m4s`, `${ONE}_1/00001.m4s`]
  const sealed = paths.map((path) => Buffer.from(segmentCipher(KEY).seal(KEY, path)).toString('hex'))
  expect(new Set(sealed).size).toBe(paths.length)
})

test('what was cut off, or is not sealed at all, does not open', () => {
  const cipher = segmentCipher(KEY)
  const sealed = cipher.seal(new Uint8Array(40), 'p')
  for (const bad of [new Uint8Array(), sealed.subarray(0, 47), sealed.subarray(0, 32)]) {
    expect(cipher.open(bad, 'p')).toBeUndefined()
  }
})

test('an encrypted playlist leaves the init segment clear, and has a key before each segment', () => {
  const lines = playlistOf(ONE, '../keys/x').split('\n')
  const tags = lines.slice(6).map((line) => line.replace(/:.*/, ''))
  const segment = ['#EXT-X-KEY', '#EXTINF']
  expect(tags).toEqual([
    ...['#EXT-X-MAP', ...segment, `${ONE}_1/00000.m4s`, ...segment, `${ONE}_1/00001.m4s`, '#EXT-X-ENDLIST', ''],
  ])
  expect(lines[7]).toMatch(/^#EXT-X-KEY:METHOD=AES-128,URI="\.\.\/keys\/x",IV=0x[0-9a-f]{32}$/)
  expect(() => playlistOf(ONE, 'http://a/"\n')).toThrow('quotes')
})

test('a rewritten playlist is the one that an encode under that key would have given', () => {
  const [clear, first, second] = [playlistOf(ONE), playlistOf(TWO, 'first'), playlistOf(ONE, 'second')]
  expect(rewritePlaylist(clear, { from: ONE, to: TWO, keyUri: 'first' })).toBe(first)
  expect(rewritePlaylist(first, { from: TWO, to: ONE, keyUri: 'second' })).toBe(second)
  expect(rewritePlaylist(first, { from: TWO, to: ONE })).toBe(clear)
  expect(filesOf(first)).toEqual(['init.mp4', '00000.m4s', '00001.m4s'].map((file) => `${TWO}_1/${file}`))
})

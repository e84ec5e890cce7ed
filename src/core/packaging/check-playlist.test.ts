import { expect, test } from 'vitest'
import { checkPlaylist } from './check-playlist.ts'
import { mediaPlaylist } from './media-playlist.ts'
import { KEY_TAG } from './segment-cipher.ts'

/** Ends that no decimal fraction holds; more of them, and longer ones, than a stranger's playlist may have. */
const segments = Array.from({ length: 20_001 }, (_, index) => ({
  ...{ index, startTicks: index * 60_061, durationTicks: 60_061, samples: 1 },
  ...(index === 20_000 && { durationTicks: 5000 * 30_000 }),
}))
const paths = segments.map(({ index }) => `r_1/${index} of all.m4s`)
const track = { name: '720p', timescale: 30_000, segments, paths }
const text = mediaPlaylist({
  ...{ init: 'r_1/init.mp4', timescale: 30_000, targetSeconds: 2, independent: true, keyUri: 'https://keys/1' },
  segments: segments.map(({ durationTicks }, n) => ({ uri: paths[n] ?? '', durationTicks })),
})

test('the playlist that is made of a track has its arithmetic, sealed and clear', () => {
  expect(text).toContain(KEY_TAG)
  expect(checkPlaylist(text, track)).toEqual([])
  expect(checkPlaylist(text.replaceAll(/#EXT-X-KEY:.*\n/g, ''), track)).toEqual([])
})

test.each<[string, string, string]>([
  ['a segment too few', text.replace(/#EXTINF.*\nr_1\/7%20.*\n/, ''), 'has 20000 segments, but the track has 20001.'],
  ['another duration', text.replace('#EXTINF:2.002033,', '#EXTINF:2.002043,'), 'gives segment 0 another duration'],
  [
    'errors that add up',
    text.replaceAll('#EXTINF:2.002034,', '#EXTINF:2.002033,'),
    'lasts 45040.660000 s, but the track 45040.666667 s.',
  ],
  ['a short target', text.replace(/TARGETDURATION:\d+/, 'TARGETDURATION:4999'), 'has a target that segment 20000'],
  ['a file of others', text.replace('r_1/3%20of', 'r_2/3%20of'), 'names r_2/3 of all.m4s, which is not'],
  ['no end', text.replace('#EXT-X-ENDLIST', ''), 'cannot be read: it is live'],
])('%s is found', (_, changed, finding) => {
  expect(changed).not.toBe(text)
  expect(checkPlaylist(changed, track).join(' ')).toContain(`The playlist of 720p ${finding}`)
})

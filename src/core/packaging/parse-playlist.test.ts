import { expect, test } from 'vitest'
import { parsePlaylist } from './parse-playlist.ts'

const media = (...lines: readonly string[]) =>
  parsePlaylist(['#EXTM3U', '#EXT-X-TARGETDURATION:4', ...lines, '#EXT-X-ENDLIST', ''].join('\n'), '')
const segment = (uri: string, ...tags: readonly string[]) => media('#EXTINF:4.0,title', ...tags, uri)

test('a media playlist has its segments, ranges that follow each other, and the header that stands before them', () => {
  const text = [
    ...['#EXTM3U', '#EXT-X-VERSION:7', '#EXT-X-TARGETDURATION:4', '# a comment', '#EXT-X-KEY:METHOD=NONE'],
    ...['#EXT-X-MAP:URI="all.mp4",BYTERANGE="700@0"', '#EXTINF:4,', '#EXT-X-BYTERANGE:1000@700', 'all.mp4'],
    ...['#EXTINF:3.5', '#EXT-X-BYTERANGE:500', 'all.mp4', '#EXT-X-DISCONTINUITY', '#EXTINF:1.25,', './b%20c/z.m4s'],
    '#EXT-X-ENDLIST',
  ].join('\r\n')
  const map = { path: 'v1/all.mp4', range: { start: 0, end: 699 } }
  expect(parsePlaylist(text, 'v1/')).toEqual({
    ...{ type: 'media', seconds: 8.75, targetSeconds: 4, hasBreaks: true },
    segments: [
      { path: 'v1/all.mp4', seconds: 4, range: { start: 700, end: 1699 }, map },
      { path: 'v1/all.mp4', seconds: 3.5, range: { start: 1700, end: 2199 }, map },
      { path: 'v1/b c/z.m4s', seconds: 1.25, map },
    ],
  })
})

test('a break before the first segment, or behind the last one, divides nothing', () => {
  const [tag, first, second] = ['#EXT-X-DISCONTINUITY', ['#EXTINF:4,', 'a.ts'], ['#EXTINF:4,', 'b.ts']]
  expect(media(tag, ...first, ...second, tag)).toMatchObject({ hasBreaks: false })
  expect(media('#EXT-X-DISCONTINUITY-SEQUENCE:3', ...first, ...second)).toMatchObject({ hasBreaks: false })
  expect(media(...first, tag, ...second)).toMatchObject({ hasBreaks: true })
})

test('a master playlist has its variants and what lies beside them, each once', () => {
  const text = [
    ...['#EXTM3U', '#EXT-X-INDEPENDENT-SEGMENTS'],
    '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="English, stereo",URI="audio/index.m3u8"',
    '#EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID="c",NAME="x",INSTREAM-ID="CC1"',
    '#EXT-X-STREAM-INF:BANDWIDTH=2000000, RESOLUTION=1280x720,CODECS="avc1.64001f,mp4a.40.2",AUDIO="a"',
    ...['v1/index.m3u8', '#EXT-X-STREAM-INF:BANDWIDTH=1', 'v1/index.m3u8'],
    '#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=100,URI="v1/i.m3u8"',
  ].join('\n')
  expect(parsePlaylist(text, '')).toEqual({
    type: 'master',
    variants: [{ path: 'v1/index.m3u8', bandwidth: 2_000_000, audioGroup: 'a' }],
    companions: [
      { kind: 'audio', path: 'audio/index.m3u8', group: 'a' },
      { kind: 'keyframes', path: 'v1/i.m3u8' },
    ],
  })
})

test('sound that players choose by themselves comes before other sound of its group', () => {
  const sound = (name: string, more: string) =>
    `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="${name}",${more}URI="${name}.m3u8"`
  const sounds = [sound('comments', 'DEFAULT=NO,'), sound('film', 'DEFAULT=YES,'), sound('other', '')]
  const master = parsePlaylist(
    ['#EXTM3U', ...sounds, '#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO="a"', 'v.m3u8'].join('\n'),
    '',
  )
  const paths = master.type === 'master' && master.companions.map(({ path }) => path)
  expect(paths).toEqual(['film.m3u8', 'comments.m3u8', 'other.m3u8'])
})

test.each([
  ...['http://example.com/a.ts', 'HTTPS://example.com/a.ts', 'file:///etc/passwd', 'data:,a', 'concat:a|b', 'a:b.ts'],
  ...['//example.com/a.ts', '/a.ts', '../a.ts', 'a/../b.ts', 'a/..', '%2e%2e/a.ts', '..%2Fa.ts', 'a%2fb.ts', 'a//b.ts'],
  ...['a\\b.ts', '%5Ca.ts', 'a.ts?token=1', 'a.ts#t=1', '%', '%ff.ts', '%00.ts', 'a%0Ab.ts', '.', 'é'.repeat(2049)],
])('the address %j is refused', (uri) => {
  expect(() => segment(uri)).toThrow(/the address/)
  expect(() => segment('a.ts', `#EXT-X-MAP:URI="${uri}"`)).toThrow(/the address/)
})

test.each([
  ['#EXT-X-KEY:METHOD=AES-128,URI="key"', /encrypted/],
  ['#EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://x"', /encrypted/],
  ['#EXT-X-SESSION-KEY:METHOD=AES-128,URI="key"', /encrypted/],
  ['#EXT-X-PART:DURATION=1,URI="a"', /live/],
  ['#EXT-X-DEFINE:NAME="a",VALUE="b"', /variables/],
  ['#EXT-X-GAP', /missing/],
  ['#EXT-X-DATERANGE:ID="ad",X-ASSET-URI="ad.m3u8"', /elsewhere/],
  ['#EXT-X-OTHER:http://example.com/', /elsewhere/],
  ['#EXT-X-BYTERANGE:10', /byte range/],
  ['#EXT-X-BYTERANGE:0@0', /byte range/],
  ['#EXT-X-BYTERANGE:-1@0', /byte range/],
  ['#EXT-X-MAP:BYTERANGE="1@0"', /URI/],
  ['#EXT-X-MAP:URI="a",URI="b"', /attributes/],
  ['#EXT-X-MAP:URI=a b', /attributes/],
  ['#EXTINF:NaN,', /duration/],
  ['#EXTINF:-4,', /duration/],
  ['#EXTINF:4000,', /duration/],
  ['#EXT_', /cannot be read/],
])('a playlist with %j is refused', (tag, reason) => {
  expect(() => segment('a.ts', tag)).toThrow(reason)
})

test.each([
  ['', /#EXTM3U/],
  ['<html>', /#EXTM3U/],
  ['#EXTM3U\n#EXTINF:4,\na.ts\n#EXT-X-ENDLIST', /TARGETDURATION/],
  ['#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\na.ts', /live/],
  ['#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-ENDLIST', /no segments/],
  ['#EXTM3U\n#EXT-X-TARGETDURATION:4\na.ts\n#EXT-X-ENDLIST', /without #EXTINF/],
  ['#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n', /no playlist/],
  ['#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n#EXTINF:1,\na.ts', /not followed/],
  ['#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\na.m3u8\n#EXTINF:1,\na.ts', /both|without/],
  ['#EXTM3U\n#EXT-X-STREAM-INF:RESOLUTION=1x1\na.m3u8', /BANDWIDTH/],
  ['#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,URI="http://example.com/"\n', /the address/],
])('%j is no playlist that can be adopted', (text, reason) => {
  expect(() => parsePlaylist(text, '')).toThrow(reason)
})

test('what is too long is refused before it is kept', () => {
  const many = Array.from({ length: 20_001 }, (_, n) => `#EXTINF:1,\n${n}.ts`)
  expect(() => media(...many)).toThrow(/20000 segments/)
  expect(media(...many.slice(1))).toMatchObject({ type: 'media', seconds: 20_000 })
  const variants = Array.from({ length: 33 }, (_, n) => `#EXT-X-STREAM-INF:BANDWIDTH=1\n${n}.m3u8`)
  expect(() => parsePlaylist(['#EXTM3U', ...variants].join('\n'), '')).toThrow(/32 playlists/)
  expect(() => parsePlaylist(`#EXTM3U${'\n'.repeat(200_001)}`, '')).toThrow(/lines/)
})

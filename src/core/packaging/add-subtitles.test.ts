import { expect, test } from 'vitest'
import { presentIndex } from './present-index.ts'
import { subtitlePlaylist, webVtt } from './web-vtt.ts'

const subtitles = [
  {
    ...{ name: 'English "CC"', language: 'en', isDefault: true, bandwidth: 120 },
    ...{ file: `${'a'.repeat(32)}_subtitle.vtt`, playlist: `${'a'.repeat(32)}_subtitle.m3u8` },
  },
  {
    ...{ name: '<中文> & more', language: 'und', isDefault: false, bandwidth: 1 },
    ...{ file: `${'b'.repeat(32)}_subtitle.vtt`, playlist: `${'b'.repeat(32)}_subtitle.m3u8` },
  },
]
const isKept = (name: string) => !name.startsWith('gone')

test('an HLS index names them before its variants, and each variant their group; sounds and what was deleted stay as they were', () => {
  const index = [
    '#EXTM3U',
    '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="audio",URI="audio.m3u8"',
    '#EXT-X-STREAM-INF:BANDWIDTH=2,AUDIO="audio"',
    'one.m3u8',
    '#EXT-X-STREAM-INF:BANDWIDTH=1',
    'gone.m3u8',
    '',
  ].join('\n')
  expect(presentIndex(index, { isKept, subtitles }).split('\n')).toEqual([
    '#EXTM3U',
    '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="audio",URI="audio.m3u8"',
    `#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="subtitles",LANGUAGE="en",NAME="English 'CC'",DEFAULT=YES,AUTOSELECT=YES,FORCED=NO,URI="${'a'.repeat(32)}_subtitle.m3u8"`,
    `#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="subtitles",NAME="<中文> & more",DEFAULT=NO,AUTOSELECT=YES,FORCED=NO,URI="${'b'.repeat(32)}_subtitle.m3u8"`,
    '#EXT-X-STREAM-INF:BANDWIDTH=2,AUDIO="audio",SUBTITLES="subtitles"',
    'one.m3u8',
    '',
  ])
  expect(presentIndex(index, { isKept: () => true, subtitles: [] })).toBe(index)
})

test('players choose by themselves between languages, not between two of one', () => {
  const again = subtitles.map((one) => ({ ...one, name: `${one.name} (2)`, isDefault: false }))
  const index = '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\none.m3u8\n'
  const shown = presentIndex(index, { isKept, subtitles: [...subtitles, ...again] })
  expect(shown.match(/DEFAULT=\w+,AUTOSELECT=\w+/g)).toEqual([
    ...['DEFAULT=YES,AUTOSELECT=YES', 'DEFAULT=NO,AUTOSELECT=YES'],
    ...['DEFAULT=NO,AUTOSELECT=NO', 'DEFAULT=NO,AUTOSELECT=NO'],
  ])
})

test('a DASH index has a set for each, with an id of its own', () => {
  const set = '<AdaptationSet id="4" contentType="video">'
  const index = [
    '<MPD>',
    '<Period>',
    set,
    '<Representation id="v">',
    '</Representation>',
    '</AdaptationSet>',
    '</Period>',
    '</MPD>',
    '',
  ]
  const lines = presentIndex(index.join('\n'), { isKept, subtitles }).split('\n')
  expect(lines.slice(6, 13)).toEqual([
    '<AdaptationSet id="5" contentType="text" mimeType="text/vtt" lang="en">',
    '<Label>English &#34;CC&#34;</Label>',
    '<Role schemeIdUri="urn:mpeg:dash:role:2011" value="subtitle"/>',
    '<Role schemeIdUri="urn:mpeg:dash:role:2011" value="main"/>',
    `<Representation id="${'a'.repeat(32)}_subtitle" bandwidth="120"><BaseURL>${'a'.repeat(32)}_subtitle.vtt</BaseURL></Representation>`,
    '</AdaptationSet>',
    '<AdaptationSet id="6" contentType="text" mimeType="text/vtt" lang="und">',
  ])
  expect(lines.slice(-3)).toEqual(['</Period>', '</MPD>', ''])
  expect(lines).toContain('<Label>&#60;中文&#62; &#38; more</Label>')
})

test('the file says where its times begin, and is valid whatever its cues hold', () => {
  const cues = [
    { startMs: 0, endMs: 1500, text: 'one\ntwo', settings: '' },
    { startMs: 3_723_004, endMs: 360_000_000, text: 'three', settings: 'line:0' },
  ]
  expect(webVtt(cues)).toBe(
    [
      'WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000',
      '00:00:00.000 --> 00:00:01.500\none\ntwo',
      '01:02:03.004 --> 100:00:00.000 line:0\nthree\n',
    ].join('\n\n'),
  )
})

test('its playlist is one segment as long as the film', () => {
  const lines = subtitlePlaylist('x.vtt', 30_543).split('\n')
  expect(lines).toContain('#EXT-X-TARGETDURATION:31')
  expect(lines.slice(-4)).toEqual(['#EXTINF:30.543,', 'x.vtt', '#EXT-X-ENDLIST', ''])
})

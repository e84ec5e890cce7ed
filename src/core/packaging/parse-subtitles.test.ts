import { describe, expect, test } from 'vitest'
import { parseSubtitles, type SubtitleForm } from './parse-subtitles.ts'

const parsed = (form: SubtitleForm, text: string) =>
  parseSubtitles(text, form).map(({ startMs, endMs, text: words, settings }) =>
    [startMs, endMs, words, settings].filter((part) => part !== '').join(' | '),
  )

test('SRT is read with any line ends, with and without numbers and hours, and by its times', () => {
  const crlf =
    '1\r\n00:00:05,000 --> 00:00:06,500\r\nlater\r\n\r\n\r\n2\r\n00:01,5 --> 00:02,25  X1:10 X2:20\r\nfirst\r\nline two'
  expect(parsed('SRT', crlf)).toEqual(['1500 | 2250 | first\nline two', '5000 | 6500 | later'])
  expect(parsed('SRT', '\uFEFF01:00:00.000 --> 01:00:01.000\na')).toEqual(['3600000 | 3601000 | a'])
})

test('WebVTT is read without notes, styles, regions, names and headers; settings that players know stay', () => {
  const text = [
    'WEBVTT - a film\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0',
    'STYLE\n::cue { color: red; background: url(https://elsewhere.example/x.png) }',
    'NOTE a --> b is no cue',
    'REGION\nid:fred',
    'intro\n00:01.000 --> 00:02.000 line:0 position:10%,line-left align:start region:fred onclick:x\nHello',
  ].join('\n\n')
  expect(parsed('VTT', text)).toEqual(['1000 | 2000 | Hello | line:0 position:10%,line-left align:start'])
})

test('text behind an empty line goes on with its cue', () => {
  const text = '1\n00:00:01,000 --> 00:00:02,000\none\n\ntwo\n\n2\n00:00:03,000 --> 00:00:04,000\nthree'
  expect(parsed('SRT', text)).toEqual(['1000 | 2000 | one\ntwo', '3000 | 4000 | three'])
})

test('a cue of very many paragraphs costs no more than its lines', () => {
  const text = `00:00:01,000 --> 00:00:02,000\n${'a\n\n'.repeat(240_000)}`
  expect(parseSubtitles(text, 'SRT').map(({ text: words }) => words.length)).toEqual([2 * 240_000 - 1])
})

test.each([
  [
    '<b>bold</b> <i.x>it</i> <v Mary>says</v> <c.yellow>x</c>',
    '<b>bold</b> <i.x>it</i> <v Mary>says</v> <c.yellow>x</c>',
  ],
  ['<font color="red">red</font> {\\an8}top', 'red top'],
  ['<script>alert(1)</script><img src=x onerror=y>', 'alert(1)'],
  ['<b onclick=x>no</b>', 'no</b>'],
  ['a < b && c > d &amp; &lt; &#169; &bogus;', 'a &lt; b &amp;&amp; c &gt; d &amp; &lt; &#169; &amp;bogus;'],
  ['<00:01.000>karaoke', '<00:01.000>karaoke'],
  ['Mixed --&gt; arrow -> here', 'Mixed --&gt; arrow -&gt; here'],
])('of %s is kept %s', (text, kept) => {
  expect(parsed('SRT', `00:00:01,000 --> 00:00:02,000\n${text}`)).toEqual([`1000 | 2000 | ${kept}`])
})

describe('what cannot be read is refused with its line and the reason', () => {
  const cue = '1\n00:00:01,000 --> 00:00:02,000\na\n\n'
  test.each<[SubtitleForm, string, RegExp]>([
    ['SRT', '', /no cue with a text/],
    ['SRT', '1\n00:00:01,000 --> 00:00:02,000\n\n', /no cue with a text/],
    ['SRT', 'just words', /line 1: expected the times of a cue, found "just words"/],
    ['SRT', 'WEBVTT\n\n00:01.000 --> 00:02.000\na', /line 1: the file is WebVTT/],
    ['VTT', cue, /line 1: WebVTT begins with WEBVTT, found "1"/],
    ['VTT', 'WEBVTTX\n\n00:01.000 --> 00:02.000\na', /line 1: WebVTT begins/],
    ['SRT', `${cue}2\n00:00:03 --> 00:00:04\nb`, /line 6: expected times such as 00:01:02,500/],
    ['SRT', `${cue}2\n00:00:05,000 --> 00:00:04,000\nb`, /line 6: the cue ends before it begins/],
    ['SRT', `${cue}2\n00:61:05,000 --> 00:62:04,000\nb`, /line 6: minutes and seconds go up to 59/],
    [
      'SRT',
      '1\n00:00:01,000 --> 00:00:02,000\na\n2\n00:00:03,000 --> 00:00:04,000\nb',
      /line 5: .* an empty line is missing/,
    ],
    ['SRT', `${cue}${'\n'.repeat(500_000)}`, /^has more than 500000 lines$/],
    ['SRT', `${cue}a\nb\nc --> d`, /line 7: .* an empty line is missing/],
  ])('%s %#', (form, text, reason) => {
    expect(() => parseSubtitles(text, form)).toThrow(reason)
  })
})

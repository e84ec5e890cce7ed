import { expect, test } from 'vitest'
import { cueTexts } from './cue-texts.ts'

test('each cue is a text of its own, as viewers read it, and once', () => {
  const cue = (text: string) => `00:00:01.000 --> 00:00:02.000 line:0\n${text}`
  const head = 'WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000'
  const texts = [
    'f<b>u</b>c&#107; &amp; &#x4e2d;',
    'two\nlines',
    '<v Anna>hello</v>',
    'two\nlines',
    '&#1114112;',
    '<i></i>',
  ]
  expect(cueTexts(`${[head, ...texts.map(cue)].join('\n\n')}\n`)).toEqual([
    ...['fuck & 中', 'two\nlines', 'hello', '&#1114112;'],
  ])
  expect(cueTexts(`${head}\n`)).toEqual([])
})

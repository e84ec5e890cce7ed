import { expect, test } from 'vitest'
import { extractedCues } from './extracted-cues.ts'

const read = (...lines: readonly string[]) =>
  extractedCues(Buffer.from(['WEBVTT', '', ...lines, ''].join('\n'))).map(({ startMs, endMs, text, settings }) =>
    [startMs, endMs, text, settings].filter((part) => part !== '').join(' | '),
  )

test('a cue has all lines up to the next one, whatever they look like', () => {
  expect(read('00:01.000 --> 00:02.500', 'a --> b', '', '-->', '', '01:00:01.000 --> 01:00:02.000', 'last')).toEqual([
    ...['1000 | 2500 | a --&gt; b\n--&gt;', '3601000 | 3602000 | last'],
  ])
})

test('names of cues are no text, and settings that players know stay', () => {
  expect(
    read('intro', '00:01.000 --> 00:02.000 line:0 onclick:x', 'a', '', '2', '00:03.000 --> 00:04.000', 'b'),
  ).toEqual(['1000 | 2000 | a | line:0', '3000 | 4000 | b'])
})

test('what nobody can see is left out, and costs the others nothing', () => {
  const times = ['00:01.000 --> 00:01.000', '00:-2.000 --> 00:-1.000', '00:00.-500 --> 00:00.000']
  const seen = ['00:00.-500 --> 00:00.500', 'across', '', '00:03.000 --> 00:04.000', 'a\u0001b']
  expect(read(...times.flatMap((line) => [line, 'x', '']), '00:02.000 --> 00:03.000', '', ...seen)).toEqual([
    ...['0 | 500 | across', '3000 | 4000 | ab'],
  ])
})

test('of a track without cues there are none', () => {
  expect(extractedCues(Buffer.from('WEBVTT\n\n'))).toEqual([])
  expect(extractedCues(Buffer.from(''))).toEqual([])
})

import { expect, test } from 'vitest'
import { concat, fullBox, u32 } from './boxes.ts'
import { readMovieSamples } from './movie-samples.ts'

const FILE_BYTES = 10_000

/** Tables of a track of four samples of 10 bytes in two chunks, or what a test puts in their place. */
const stblOf = (tables: Readonly<Record<string, readonly number[]>> = {}): Uint8Array => {
  const all = {
    stsz: [0, 4, 10, 10, 10, 10],
    stts: [1, 4, 512],
    stsc: [1, 1, 2, 1],
    stco: [2, 1000, 2000],
    ...tables,
  }
  const boxes = Object.entries(all).map(([type, numbers]) => fullBox(type, { version: 0, flags: 0 }, u32(...numbers)))
  return concat(boxes)
}
const samplesOf = (tables?: Readonly<Record<string, readonly number[]>>) => readMovieSamples(stblOf(tables), FILE_BYTES)

test('each sample has its place, size and time', () => {
  expect(samplesOf({ ctts: [2, 1, 1024, 3, 2 ** 32 - 512], stss: [2, 1, 3] })).toEqual({
    count: 4,
    positions: Float64Array.of(1000, 1010, 2000, 2010),
    sizes: Uint32Array.of(10, 10, 10, 10),
    decodeTimes: Float64Array.of(0, 512, 1024, 1536, 2048),
    compositionOffsets: Int32Array.of(1024, -512, -512, -512),
    syncs: Uint32Array.of(0, 2),
  })
  expect(samplesOf({ stsz: [7, 4], stts: [1, 9, 1], stsc: [2, 1, 1, 1, 2, 3, 1] }).positions).toEqual(
    Float64Array.of(1000, 2000, 2007, 2014),
  )
})

const HUGE = 2 ** 32 - 1

test.for<[string, Readonly<Record<string, readonly number[]>>]>([
  ['announce more samples than there can be', { stsz: [1, HUGE] }],
  ['announce more rows than they have', { stts: [HUGE, 4, 512] }],
  ['have rows for more samples than there are', { stts: [5, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1] }],
  ['know no time of some', { stts: [1, 3, 512] }],
  ['know no offset of some', { ctts: [1, 3, 512] }],
  ['know no place of some', { stsc: [1, 1, 1, 1] }],
  ['begin with another chunk than the first', { stsc: [1, 2, 4, 1] }],
  ['begin before the first chunk', { stsc: [1, 0, 4, 1] }],
  ['go back and forth among the chunks', { stsc: [2, 2, 1, 1, 1, 4, 1] }],
  ['have chunks without samples', { stsc: [2, 1, 0, 1, 2, 4, 1] }],
  ['name a keyframe that is not there', { stss: [1, 5] }],
  ['name keyframes out of order', { stss: [2, 3, 2] }],
])('tables that %s are refused', ([, tables]) => {
  expect(() => samplesOf(tables)).toThrow(/contradict|too many samples/)
})

test('samples beyond the end of the file are those of a file that was cut off', () => {
  expect(() => samplesOf({ stco: [2, 1000, FILE_BYTES - 19] })).toThrow('ends before its samples')
})

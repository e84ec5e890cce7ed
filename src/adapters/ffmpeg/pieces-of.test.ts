import { expect, test } from 'vitest'
import { piecesOf } from './pieces-of.ts'

const object = (key: string) => ({ bucket: 'studio', key, sizeBytes: 1000, etag: key })
const header = { object: object('header'), range: { start: 0, end: 9 } }
const first = { object: object('all'), range: { start: 100, end: 119 } }
const second = { object: object('all'), range: { start: 500, end: 599 } }
const source = { sizeBytes: 130, pieces: [header, first, second] }
const read = (start: number, end: number) =>
  piecesOf(source, { start, end }).map(({ object: { key }, range }) => `${key} ${range.start}-${range.end}`)

test('a range is read from the pieces that it touches, in their order', () => {
  expect(read(0, 129)).toEqual(['header 0-9', 'all 100-119', 'all 500-599'])
  expect(read(0, 0)).toEqual(['header 0-0'])
  expect(read(9, 10)).toEqual(['header 9-9', 'all 100-100'])
  expect(read(15, 40)).toEqual(['all 105-119', 'all 500-510'])
  expect(read(129, 129)).toEqual(['all 599-599'])
})

test('of a whole object the range is read as it is', () => {
  const film = object('film')
  expect(piecesOf(film, { start: 3, end: 5 })).toEqual([{ object: film, range: { start: 3, end: 5 } }])
})

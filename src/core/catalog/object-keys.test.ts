import { expect, test } from 'vitest'
import { isResultPath, reviewObject, reviewPath, sourceFileName } from './object-keys.ts'

test.each([
  ['film.MOV', 'mov'],
  ['part.1.mp4', 'mp4'],
  ['film', 'mkv'],
  ['.hidden', 'mkv'],
  ['film.', 'mkv'],
  ['film.a/b', 'mkv'],
  ['film.extension', 'mkv'],
  ['line\n.ts', 'ts'],
])('of %j only the ending gets into the stored name', (name, extension) => {
  expect(sourceFileName('0'.repeat(32), name, 'MKV')).toBe(`${'0'.repeat(32)}.${extension}`)
})

test('pictures of reviews are ours in a tenant’s bucket, by the names of their objects alone', () => {
  expect([isResultPath(reviewObject('a'.repeat(32), 5)), isResultPath(reviewPath(5))]).toEqual([true, false])
})

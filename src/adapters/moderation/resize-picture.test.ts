import { expect, test } from 'vitest'
import { type RgbPicture, resizePicture } from './resize-picture.ts'

const grey = (width: number, height: number, at: (x: number, y: number) => number) => {
  const pixels = Array.from({ length: width * height }, (_, n) => at(n % width, Math.floor(n / width)))
  return { width, height, data: Uint8Array.from(pixels.flatMap((value) => [value, value, 255 - value])) }
}
const resized = (picture: RgbPicture, side: number) => {
  const values = new Float32Array(side * side * 3)
  resizePicture(picture, side, values)
  return values
}
const red = (values: Float32Array) => [...values].filter((_, n) => n % 3 === 0).map((value) => Math.round(value * 255))

test('corners stay corners, and what lies between two pixels is between their values', () => {
  const larger = resized(
    grey(2, 2, (x, y) => x * 100 + y * 50),
    3,
  )
  expect(red(larger)).toEqual([0, 50, 100, 25, 75, 125, 50, 100, 150])
  expect(larger[2]).toBe(1)
  const smaller = resized(
    grey(5, 9, (x, y) => x * 10 + y),
    3,
  )
  expect(red(smaller)).toEqual([0, 20, 40, 4, 24, 44, 8, 28, 48])
})

test('a picture of one pixel fills the square', () => {
  expect(
    red(
      resized(
        grey(1, 1, () => 51),
        2,
      ),
    ),
  ).toEqual([51, 51, 51, 51])
})

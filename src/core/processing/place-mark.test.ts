import { expect, test } from 'vitest'
import type { MarkPlacement } from '../catalog/mark.ts'
import { placeMark } from './place-mark.ts'

const picture = { digest: 'd'.repeat(32), format: 'png', width: 200, height: 100 } as const
const output = { width: 1280, height: 720 }
const place = (placement: Partial<MarkPlacement>, size = output) =>
  placeMark(
    { picture, placement: { corner: 'top_left', dx: '0', dy: '0', process: 'transparent', ...placement } },
    size,
  )

test('shares and pixels count from the corner', () => {
  const size = { width: '0.1', height: '72' }
  expect(place({ ...size, dx: '0.05', dy: '10' })).toEqual({ x: 64, y: 10, width: 128, height: 72 })
  expect(place({ ...size, dx: '0.05', dy: '10', corner: 'bottom_right' })).toEqual({
    x: 1088,
    y: 638,
    width: 128,
    height: 72,
  })
  expect(place({ ...size, corner: 'top_right' })).toMatchObject({ x: 1152, y: 0 })
  expect(place({ ...size, corner: 'bottom_left' })).toMatchObject({ x: 0, y: 648 })
})

test('four decimals of a share count', () => {
  expect(place({ width: '0.10009', height: '0.5' })).toEqual(place({ width: '0.1', height: '0.5' }))
  expect(place({ width: '0.5', dx: '0.09999999' }, { width: 10_000, height: 8000 })).toMatchObject({ x: 998 + 2 })
})

test('a missing side follows from the picture, and without both it has its own size', () => {
  expect(place({ width: '0.25' })).toMatchObject({ width: 320, height: 160 })
  expect(place({ height: '0.25' })).toMatchObject({ width: 360, height: 180 })
  expect(place({})).toMatchObject({ width: 200, height: 100 })
})

test('it is never larger than the output, nor beyond its edge, and on even pixels of at least two', () => {
  expect(place({ width: '4096' })).toEqual({ x: 0, y: 0, width: 1280, height: 640 })
  expect(place({ height: '0.9' }, { width: 100, height: 400 })).toMatchObject({ width: 100, height: 50 })
  expect(place({ width: '0.3', dx: '0.9999', dy: '4000' })).toMatchObject({ x: 896, y: 528 })
  expect(place({ width: '0.0001', height: '0.0001' })).toMatchObject({ width: 2, height: 2 })
  expect(place({ width: '0.3333', dx: '0.0333' })).toEqual({ x: 42, y: 0, width: 426, height: 214 })
})

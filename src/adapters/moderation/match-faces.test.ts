import { expect, test } from 'vitest'
import { matchFaces } from './match-faces.ts'

/** So far from the face of zeros. */
const at = (distance: number) => [distance, ...Array.from({ length: 127 }, () => 0)]
const known = (label: string, distance: number, scene: 'politics' | 'terrorism' = 'politics') => ({
  ...{ scene, label, face: at(distance) },
})
const seen = (distance: number) =>
  matchFaces([at(0)], [known('somebody', distance)], 'politics').map(({ confidence }) => Number(confidence.toFixed(3)))

test('the nearer the surer; who is too far away is nobody', () => {
  expect([0, 0.2, 0.3, 0.4, 0.45].map(seen)).toEqual([[1], [1], [0.8], [0.6], [0.5]])
  expect([0.46, 1, Number.NaN].map(seen)).toEqual([[], [], []])
})

test('of several pictures and several faces the nearest count, and only those of the scene', () => {
  const gallery = [known('a', 0.4), known('a', 0.3), known('b', 0.25), known('c', 0, 'terrorism'), known('d', 2)]
  const labels = matchFaces([at(-9), at(0)], gallery, 'politics').map(({ label, confidence }) => [label, confidence])
  expect(labels).toEqual([
    ['b', expect.closeTo(0.9)],
    ['a', expect.closeTo(0.8)],
  ])
  expect(matchFaces([], gallery, 'politics')).toEqual([])
})

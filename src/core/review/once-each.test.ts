import { expect, test } from 'vitest'
import { onceEach } from './once-each.ts'
import type { Picture } from './ports.ts'

const signal = new AbortController().signal
const picture = (offset: number, ...bytes: number[]): Picture => ({ offset, jpeg: Uint8Array.from(bytes) })

test('what follows itself is looked at once, and reported wherever it is, also behind the end of a batch', async () => {
  const seen: number[][] = []
  const look = onceEach(async (pictures) => {
    seen.push(pictures.map(({ offset }) => offset))
    return pictures.map(({ offset, jpeg }) => {
      const scores = { porn: [{ label: `${jpeg}`, confidence: 1 }] }
      return { offset, scores, suggestion: jpeg.length > 1 ? 'block' : 'pass' } as const
    })
  })
  const labels = async (...pictures: Picture[]) =>
    (await look(pictures, signal)).map(({ offset, scores, suggestion }) => [
      offset,
      scores.porn?.[0]?.label,
      suggestion,
    ])
  expect(await labels(picture(0, 1), picture(5, 1), picture(10, 1, 2), picture(15, 1))).toEqual([
    ...[
      [0, '1', 'pass'],
      [5, '1', 'pass'],
      [10, '1,2', 'block'],
      [15, '1', 'pass'],
    ],
  ])
  expect(await labels(picture(20, 1), picture(25, 3))).toEqual([
    [20, '1', 'pass'],
    [25, '3', 'pass'],
  ])
  expect(await labels()).toEqual([])
  expect(seen).toEqual([[0, 10, 15], [25], []])
})

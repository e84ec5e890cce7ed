import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import type { ObjectStore } from '../../core/shared/object-store.ts'
import { createBlockCache, ObjectBlocks } from './block-cache.ts'

const BLOCK_BYTES = 1 << 20

/** Of an object whose bytes are all the number of their block. */
const numbered = (onRead: () => void): Pick<ObjectStore, 'fill'> => ({
  async fill(_object, places, { start }) {
    onRead()
    let position = start
    for (const place of places) {
      place.fill(Math.floor(position / BLOCK_BYTES))
      position += place.length
    }
  },
})

/** Behind the last one there is only a part of a block. */
const openBlocks = (blocks: number, onRead: () => void = () => undefined) =>
  new ObjectBlocks(createBlockCache(numbered(onRead)), {
    ...{ bucket: 'films', key: 'film', sizeBytes: blocks * BLOCK_BYTES + 10 },
  })

test('bytes are put where they are wanted, from within a block or across several', async () => {
  const blocks = openBlocks(3)
  expect([...(await blocks.read(BLOCK_BYTES + 5, 3))]).toEqual([1, 1, 1])
  const across = await blocks.read(BLOCK_BYTES - 2, 2 * BLOCK_BYTES + 12)
  expect([across.length, across[1], across[2], across[BLOCK_BYTES + 2], across.at(-1)]).toEqual([
    2 * BLOCK_BYTES + 12,
    ...[0, 1, 2, 3],
  ])
  const target = new Uint8Array(4)
  await blocks.fill(target.subarray(1, 3), 2 * BLOCK_BYTES - 1)
  expect([...target]).toEqual([0, 1, 2, 0])
  await blocks.fill(new Uint8Array(), 5)
})

test('what the object does not have is an error, and nothing that was in memory before', async () => {
  const blocks = openBlocks(1)
  await expect(blocks.read(BLOCK_BYTES, 11)).rejects.toThrow('ends before')
  expect(await blocks.read(BLOCK_BYTES, 10)).toHaveLength(10)
})

test('of parts that lie far apart no more is held than is kept, and read at a time', async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const held = () => {
    collect()
    return process.memoryUsage().arrayBuffers
  }
  let [reads, most] = [0, 0]
  const before = held()
  const blocks = openBlocks(800, () => {
    reads += 1
    if (reads % 25 === 0) most = Math.max(most, held() - before)
  })
  const target = new Uint8Array(400)
  await Promise.all(Array.from(target, (_, n) => blocks.fill(target.subarray(n, n + 1), 2 * n * BLOCK_BYTES)))
  expect([...target]).toEqual(Array.from(target, (_, n) => (2 * n) % 256))
  expect(most / BLOCK_BYTES).toBeLessThan(250)
})

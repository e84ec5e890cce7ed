import { expect, test } from 'vitest'
import { shareLooks } from './share-looks.ts'

/** Looks that end when the test says so; each answers how many there were. */
const looks = () => {
  const ends: PromiseWithResolvers<void>[] = []
  const ask = shareLooks(async (_: string) => {
    const end = Promise.withResolvers<void>()
    const count = ends.push(end)
    await end.promise
    return count
  })
  return { ask, ends }
}

test('who asks while a look is under way gets the answer of the next one, and all of them the same', async () => {
  const { ask, ends } = looks()
  const first = ask('a')
  const later = [ask('a'), ask('a'), ask('a')]
  expect(ends).toHaveLength(1)
  ends[0]?.resolve()
  expect(await first).toBe(1)
  ends[1]?.resolve()
  expect(await Promise.all(later)).toEqual([2, 2, 2])
  expect(ends).toHaveLength(2)
})

test('nothing is kept: who asks later has it looked up anew', async () => {
  const { ask, ends } = looks()
  const first = ask('a')
  ends[0]?.resolve()
  await first
  const second = ask('a')
  ends[1]?.resolve()
  expect(await second).toBe(2)
})

test('other keys do not wait, and a failure is told to those alone who shared the look', async () => {
  const { ask, ends } = looks()
  const [failing, waiting, other] = [ask('a'), ask('a'), ask('b')]
  ends[1]?.resolve()
  expect(await other).toBe(2)
  ends[0]?.reject(new Error('away'))
  await expect(failing).rejects.toThrow('away')
  ends[2]?.resolve()
  expect(await waiting).toBe(3)
})

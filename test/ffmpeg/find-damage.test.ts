import { readFile, rm } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { MediaFailure } from '../../src/core/processing/ports.ts'
import { clip } from '../support/media.ts'
import { never, Workbench } from './workbench.ts'

let bench: Workbench
beforeAll(async () => {
  bench = await Workbench.open()
})
afterAll(() => bench[Symbol.asyncDispose]())

const film = () => clip({ seconds: 6 })

test('an intact film has none, and a damaged one what the decoder says', async () => {
  const whole = await bench.put(await film())
  const media = await bench.tool.probe(whole, never)
  expect(await bench.tool.findDamage(whole, media, never)).toBe(undefined)
  const bytes = await readFile(await film())
  bytes.fill(0x55, Math.floor(bytes.length * 0.4), Math.floor(bytes.length * 0.4) + 4000)
  const damaged = await bench.putBytes('damaged.mp4', bytes)
  expect(await bench.tool.findDamage(damaged, media, never)).toMatch(/\w/)
})

test('a film that was deleted is not called damaged', async () => {
  const source = await bench.putBytes('gone.mp4', await readFile(await film()))
  const media = await bench.tool.probe(source, never)
  await rm(bench.pathOf('gone.mp4'))
  await expect(bench.tool.findDamage(source, media, never)).rejects.toBeInstanceOf(MediaFailure)
})

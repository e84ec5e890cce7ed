import { afterAll, beforeAll, expect, test } from 'vitest'
import { leadsToFrames } from '../../src/core/processing/leads-to-frames.ts'
import { derive } from '../support/media.ts'
import { never, Workbench } from './workbench.ts'

let bench: Workbench
beforeAll(async () => {
  bench = await Workbench.open()
})
afterAll(() => bench[Symbol.asyncDispose]())

const FILM = ['-f', 'lavfi', '-i', 'testsrc2=size=96x56:rate=25:duration=2', '-c:v', 'libx264']

test.each([
  ['a movie', 'mp4', [], true],
  ['a movie with its index in front', 'mp4', ['-movflags', '+faststart'], true],
  ['a movie in fragments', 'mp4', ['-movflags', '+frag_keyframe+empty_moov'], false],
  ['Matroska', 'mkv', [], true],
  ['Matroska as it was recorded, without cues', 'mkv', ['-f', 'matroska', '-live', '1'], false],
] as const)('whether an index leads to the frames of %s', async (_, extension, args, leads) => {
  const source = await bench.put(await derive([...FILM, ...args], extension))
  const { container } = await bench.tool.probe(source, never)
  expect(await leadsToFrames(bench.store, source, { container, signal: never })).toBe(leads)
})

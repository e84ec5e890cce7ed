import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Asset } from '../../src/core/catalog/asset.ts'
import { takeFrames } from '../../src/core/processing/take-frames.ts'
import type { AssetId, ProjectId } from '../../src/core/shared/ids.ts'
import { PermanentFailure } from '../../src/core/shared/task.ts'
import { someOf } from '../support/cases.ts'
import { derive } from '../support/media.ts'
import { rawFrames } from './raw-frames.ts'
import { BUCKET, never, Workbench } from './workbench.ts'

let bench: Workbench
beforeAll(async () => {
  bench = await Workbench.open()
})
afterAll(() => bench[Symbol.asyncDispose]())

/** Each second is as bright as its number says. */
const SECONDS = "color=black:s=64x36:r=10:d=DURATION,format=yuv420p,geq=lum='16+floor(N/10)*3':cb=128:cr=128"
const counted = (seconds: number, args: readonly string[], extension = 'mp4') =>
  derive(
    ['-f', 'lavfi', '-i', SECONDS.replace('DURATION', String(seconds)), '-c:v', 'libx264', '-crf', '4', ...args],
    extension,
  )

const take = async (file: string, intervalSeconds = 3) => {
  const source = await bench.put(file)
  const media = await bench.tool.probe(source, never)
  const asset: Asset = {
    ...{ id: 'a'.repeat(32) as AssetId, projectId: 'b'.repeat(32) as ProjectId, title: 'film', tags: [] },
    ...{ createdAt: new Date(0), modifiedAt: new Date(0), videoType: 'MP4', videoName: 'film.mp4', media },
    ...{ source, output: { bucket: BUCKET, path: 'out' }, sourcePath: 'film.mp4', ingest: { state: 'created' } },
    ...{ published: false, publishWhenReady: false, transcode: { state: 'none' }, snapshots: { state: 'none' } },
    ...{ sourceRemoved: false, options: {} },
  }
  let exact = 0
  const counting = {
    keyframes: bench.tool.keyframes,
    snapshots: (...given: Parameters<typeof bench.tool.snapshots>) => {
      exact += 1
      return bench.tool.snapshots(...given)
    },
  }
  const reader = { adoptedFiles: async () => [], assetById: async () => undefined, renditions: async () => new Map() }
  const grants = { isGranted: async () => true }
  const frames = takeFrames({ reader, grants, serviceBucket: 'none', store: bench.store, media: counting })
  let pictures: { readonly offset: number; readonly jpeg: Uint8Array }[] = []
  const consume = async (offset: number, jpeg: Uint8Array) => {
    if (offset === 0) pictures = []
    pictures.push({ offset, jpeg })
  }
  await frames(asset, { intervalSeconds, maxSide: 64, signal: never, consume, onProgress: () => undefined })
  const shown = await Promise.all(
    pictures.map(async ({ offset, jpeg }) => {
      const [frame] = await rawFrames(Buffer.from(jpeg), { width: 64, height: 36 })
      if (!frame) throw new Error('no frame')
      const grey = frame.rgb[0] ?? 0
      return [offset, Math.round((grey * 219) / 255 / 3)]
    }),
  )
  return { exact, shown }
}

const every = (count: number, seconds: number) => Array.from({ length: count }, (_, n) => n * seconds)

test('of a film with close keyframes the first one of each interval', async () => {
  const { exact, shown } = await take(await counted(60, ['-g', '20', '-sc_threshold', '0']))
  expect(exact).toBe(0)
  // Keyframes at 0, 2, 4, ...
  expect(shown).toEqual(every(20, 3).map((second) => [second, second + (second % 2)]))
})

test('a few seconds without a keyframe show the one before, and the end has a picture', async () => {
  const { exact, shown } = await take(await counted(59, ['-g', '80', '-sc_threshold', '0']))
  expect(exact).toBe(0)
  const keyframe = (second: number) => {
    const next = Math.ceil(second / 8) * 8
    return next < second + 3 && next < 59 ? next : next === second ? second : next - 8
  }
  expect(shown).toEqual(every(20, 3).map((second) => [second, keyframe(second)]))
})

const LACKING = [
  ['many keyframes and then none', ['-force_key_frames', 'expr:lt(t,30)*gte(t,n_forced)']],
  ['one keyframe', []],
] as const
test.each(someOf(LACKING))('a film that has %s is decoded as a whole', async (_, forced) => {
  const { exact, shown } = await take(await counted(60, ['-g', '10000', '-sc_threshold', '0', ...forced]))
  expect([exact, shown]).toEqual([1, every(20, 3).map((second) => [second, second])])
})

test('a short film is decoded as a whole', async () => {
  const { exact, shown } = await take(await counted(30, ['-g', '20']))
  expect([exact, shown]).toEqual([1, every(10, 3).map((second) => [second, second])])
})

test('times that begin late, and streams without an index, lead to as many pictures', async () => {
  const { shown } = await take(await counted(60, ['-g', '20', '-sc_threshold', '0', '-output_ts_offset', '7'], 'ts'))
  expect(shown.length).toBeGreaterThanOrEqual(19)
  for (const [offset = 0, second = 0] of shown) expect(Math.abs(second - offset)).toBeLessThanOrEqual(3)
})

test('more pictures than may be made are refused', async () => {
  const source = await counted(30, ['-g', '20'])
  const media = { ...(await bench.probe(source)), durationMs: 20_481_000 }
  const frames = takeFrames({
    ...{
      reader: { adoptedFiles: async () => [], assetById: async () => undefined, renditions: async () => new Map() },
    },
    ...{ grants: { isGranted: async () => true }, serviceBucket: 'none', store: bench.store, media: bench.tool },
  })
  const request = {
    intervalSeconds: 1,
    maxSide: 64,
    signal: never,
    consume: async () => {},
    onProgress: () => undefined,
  }
  await expect(frames({ media, videoType: 'MP4' } as Asset, request)).rejects.toThrow(PermanentFailure)
})

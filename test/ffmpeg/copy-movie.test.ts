import { writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type EncodedLadder, encodeLadder } from '../../src/core/processing/encode-ladder.ts'
import { planRemux } from '../../src/core/processing/plan-remux.ts'
import { verifyLadder } from '../../src/core/processing/verify-ladder.ts'
import type { ObjectStore } from '../../src/core/shared/object-store.ts'
import { readWhole } from '../../src/core/shared/read-whole.ts'
import { SYSTEM_SETTINGS } from '../../src/core/templates/system-groups.ts'
import { ffmpeg } from '../support/ffmpeg.ts'
import { clip } from '../support/media.ts'
import { BUCKET, never, Workbench } from './workbench.ts'

let bench: Workbench
beforeAll(async () => {
  bench = await Workbench.open()
})
afterAll(() => bench[Symbol.asyncDispose]())

const SMALL = ['-vf', 'scale=320:180,setsar=1', '-pix_fmt', 'yuv420p', '-c:v', 'libx264', '-preset', 'veryfast']

interface Remuxed {
  readonly ladder: EncodedLadder
  readonly playFolder: string
  readonly runsOfFfmpeg: number
}

const remux = async (file: string, store: Pick<ObjectStore, 'put'> = bench.store): Promise<Remuxed> => {
  const source = await bench.put(file)
  const plan = planRemux({
    media: await bench.tool.probe(source, never),
    settings: { ...SYSTEM_SETTINGS, segmentSeconds: 2 },
    isStream: false,
  })
  if (typeof plan === 'string') throw new Error(plan)
  let runsOfFfmpeg = 0
  const media = {
    ...bench.tool,
    encode: (...args: Parameters<typeof bench.tool.encode>) => {
      runsOfFfmpeg += 1
      return bench.tool.encode(...args)
    },
  }
  const run = 'a'.repeat(32)
  const playFolder = `${basename(file)}.played/`
  const ladder = await encodeLadder(
    { media, source, plan, signal: never, onProgress: () => undefined },
    { store, bucket: BUCKET, playFolder, runs: { hls: run, others: run }, parameters: run },
  )
  return { ladder, playFolder, runsOfFfmpeg }
}

/** Of the packets, whatever holds them. */
const packetsIn = async (file: string): Promise<string> => {
  const args = ['-v', 'error', '-ignore_editlist', '1', '-i', file, '-map', '0', '-c', 'copy', '-f', 'streamhash', '-']
  return (await ffmpeg(...args)).stdout
}

/** All tracks of what was stored, one file each. */
const storedPackets = async ({ runs }: EncodedLadder, playFolder: string): Promise<string> => {
  const hashes: string[] = []
  for (const [at, track] of ['1', 'audio'].entries()) {
    const prefix = `${playFolder}${runs.hls}_${track}/`
    const keys = await Array.fromAsync(bench.store.list(BUCKET, prefix), ({ key }) => key)
    const ordered = [`${prefix}init.mp4`, ...keys.filter((key) => !key.endsWith('init.mp4'))]
    const parts = ordered.map((key) => readWhole(bench.store, { bucket: BUCKET, key }, { mostBytes: 64 << 20 }))
    const path = join(bench.folder, `${track}.mp4`)
    await writeFile(path, Buffer.concat(await Promise.all(parts)))
    hashes.push((await packetsIn(path)).replace(/^0/, String(at)))
  }
  return hashes.join('')
}

const verified = ({ ladder, playFolder }: Remuxed) =>
  verifyLadder({ media: bench.tool, store: bench.store }, ladder, { bucket: BUCKET, playFolder, signal: never })

test.each([
  ['at the front', ['-movflags', '+faststart']],
  ['at the end', []],
  ['in fragments', ['-movflags', '+frag_keyframe+delay_moov+default_base_moof']],
] as const)('packets of a film with its index %s are stored as they are, without FFmpeg', async (_, flags) => {
  const file = await clip({ seconds: 7, args: [...SMALL, '-g', '24', '-c:a', 'aac', '-ac', '2', ...flags] })
  const remuxed = await remux(file)
  const { ladder, playFolder, runsOfFfmpeg } = remuxed
  expect([runsOfFfmpeg, await storedPackets(ladder, playFolder)]).toEqual([0, await packetsIn(file)])
  expect([ladder.video, ladder.sounds].map(([track]) => track?.segments.length)).toEqual([4, 4])
  expect(await verified(remuxed)).toBe(undefined)
})

test('memory of a segment is used again only when it was stored, however late the store takes its bytes', async () => {
  const file = await clip({
    seconds: 30,
    args: [...SMALL, '-g', '24', '-c:a', 'aac', '-ac', '2', '-movflags', '+faststart'],
  })
  const buffers = new Map<ArrayBufferLike, number>()
  const store: Pick<ObjectStore, 'put'> = {
    async put(object, bytes, options) {
      buffers.set(bytes.buffer, (buffers.get(bytes.buffer) ?? 0) + 1)
      await delay(5)
      await bench.store.put(object, bytes, options)
    },
  }
  const remuxed = await remux(file, store)
  const { ladder, playFolder } = remuxed
  expect(await storedPackets(ladder, playFolder)).toBe(await packetsIn(file))
  expect(ladder.video[0]?.segments.length).toBeGreaterThan(10)
  expect(Math.max(...buffers.values())).toBeGreaterThan(1)
  expect(await verified(remuxed)).toBe(undefined)
})

test.each([
  ['one keyframe in twenty seconds', 20, ['-g', '1000', '-sc_threshold', '0', '-c:a', 'aac', '-ac', '2']],
  ['MP3', 3, ['-g', '24', '-c:a', 'libmp3lame', '-ac', '2']],
  ['two pictures', 3, ['-map', '0:v', '-map', '0:v', '-map', '0:a', '-g', '24', '-c:a', 'aac', '-ac', '2']],
  // Nothing says that the film begins with its first picture, two frames after the time 0.
  ['no edit list', 5, ['-g', '24', '-c:a', 'aac', '-ac', '2', '-movflags', '+frag_keyframe+empty_moov']],
] as const)('of %s the packets are left to FFmpeg', async (_, seconds, args) => {
  const remuxed = await remux(await clip({ seconds, args: [...SMALL, ...args] }))
  expect([remuxed.runsOfFfmpeg, await verified(remuxed)]).toEqual([1, undefined])
})

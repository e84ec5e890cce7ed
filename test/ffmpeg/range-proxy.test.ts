import { createServer } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BlockReader } from '../../src/adapters/ffmpeg/block-reader.ts'
import { inputArguments } from '../../src/adapters/ffmpeg/input-arguments.ts'
import { DEFAULT_LIMITS, shortRun } from '../../src/adapters/ffmpeg/media-limits.ts'
import { RangeProxy } from '../../src/adapters/ffmpeg/range-proxy.ts'
import { runFfmpeg } from '../../src/adapters/ffmpeg/run.ts'
import type { PinnedObject } from '../../src/core/processing/ports.ts'
import { type FillOptions, ObjectChangedError, type ObjectStore } from '../../src/core/shared/object-store.ts'
import { ffmpegPath } from '../support/ffmpeg.ts'
import { never, Workbench } from './workbench.ts'

const BLOCK = 1000
const SIZE = 10_500
const bytes = Buffer.from(Array.from({ length: SIZE }, (_, n) => (n * 7) % 251))
const BLOCKS = { blockBytes: BLOCK, cachedBlocks: 3, retryDelaysMs: [1, 1] }

let bench: Workbench
let object: PinnedObject
beforeAll(async () => {
  bench = await Workbench.open()
  object = await bench.putBytes('object', bytes)
})
afterAll(() => bench[Symbol.asyncDispose]())

/** The real store, with every read noted and, if asked for, some of them failing. */
interface NotedRead extends FillOptions {
  readonly bytes: number
}

const noting = (reads: NotedRead[], fail: (read: number) => Error | undefined = () => undefined): ObjectStore => ({
  ...bench.store,
  fill: async (address, places, options) => {
    reads.push({ ...options, bytes: places.reduce((sum, { length }) => sum + length, 0) })
    const error = fail(reads.length)
    if (error) throw error
    await bench.store.fill(address, places, options)
  },
})

const get = async (url: string, range?: string) => {
  const answer = await fetch(url, { headers: range ? { range } : {} })
  return { status: answer.status, headers: answer.headers, body: Buffer.from(await answer.arrayBuffer()) }
}

describe('the range proxy', () => {
  test('answers the whole object, a range, and a range that is none', async () => {
    await using proxy = await RangeProxy.start(bench.store, BLOCKS)
    using source = proxy.register(object)
    const whole = await get(source.url)
    expect([whole.status, whole.headers.get('accept-ranges'), whole.body.equals(bytes)]).toEqual([200, 'bytes', true])
    const part = await get(source.url, 'bytes=990-2010')
    expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 990-2010/${SIZE}`])
    expect(part.body.equals(bytes.subarray(990, 2011))).toBe(true)
    expect((await get(source.url, `bytes=${SIZE}-`)).status).toBe(416)
    const head = await fetch(source.url, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(SIZE)])
  })

  test('knows only tokens in use', async () => {
    await using proxy = await RangeProxy.start(bench.store, BLOCKS)
    const source = proxy.register(object)
    expect((await get(source.url.replace(/\w{4}$/, '0000'))).status).toBe(404)
    source[Symbol.dispose]()
    expect((await get(source.url)).status).toBe(404)
  })

  test('reads each block once, whole, of the pinned version, and the next one ahead', async () => {
    const reads: NotedRead[] = []
    await using proxy = await RangeProxy.start(noting(reads), BLOCKS)
    using source = proxy.register(object)
    await Promise.all([get(source.url, 'bytes=0-99'), get(source.url, 'bytes=100-199'), get(source.url, 'bytes=0-9')])
    expect(reads).toMatchObject([
      { start: 0, bytes: 1000 },
      { start: 1000, bytes: 1000 },
    ])
    expect(reads.every((read) => read.ifMatch === object.etag)).toBe(true)
  })

  test('keeps no more blocks than it may', async () => {
    const reads: NotedRead[] = []
    await using proxy = await RangeProxy.start(noting(reads), BLOCKS)
    using source = proxy.register(object)
    await get(source.url)
    const before = reads.length
    await get(source.url, 'bytes=0-9')
    expect([before, reads.length]).toEqual([11, 12])
  })

  test('what was handed out stays as it was, whatever is read behind it; memory of the others is used again', async () => {
    const targets = new Set<ArrayBufferLike>()
    const store: ObjectStore = {
      ...bench.store,
      fill: (address, memory, options) => {
        for (const { buffer } of memory) targets.add(buffer)
        return bench.store.fill(address, memory, options)
      },
    }
    using lending = new BlockReader(store, object, { ...BLOCKS, readTimeoutMs: 5000 })
    const pieces: Uint8Array[] = []
    for await (const piece of lending.read({ start: 0, end: object.sizeBytes - 1 })) pieces.push(piece)
    expect(Buffer.concat(pieces).equals(bytes)).toBe(true)
    expect(targets.size).toBe(11)

    targets.clear()
    using filling = new BlockReader(store, object, { ...BLOCKS, readTimeoutMs: 5000 })
    const target = Buffer.alloc(object.sizeBytes)
    for (let at = 0; at < target.length; at += 300) await filling.fill(target.subarray(at, at + 300), at)
    expect(target.equals(bytes)).toBe(true)
    // Those that are kept, the next one, and the last one, which is shorter.
    expect(targets.size).toBeLessThanOrEqual(BLOCKS.cachedBlocks + 2)

    // Reading ahead needs a place, too.
    using lone = new BlockReader(store, object, { ...BLOCKS, cachedBlocks: 1, readTimeoutMs: 5000 })
    const again = Buffer.alloc(object.sizeBytes)
    for (let at = 0; at < again.length; at += 1000) await lone.fill(again.subarray(at, at + 1000), at)
    expect(again.equals(bytes)).toBe(true)

    // All at once there are more of them under way than are kept.
    using crowded = new BlockReader(store, object, { ...BLOCKS, readTimeoutMs: 5000 })
    const parts = await Promise.all(Array.from({ length: 30 }, (_, n) => crowded.bytes(n * 350, 350)))
    expect(Buffer.concat(parts).equals(bytes.subarray(0, 30 * 350))).toBe(true)
  })

  test('tries a failed read again, and says so when that does not help', async () => {
    const reads: NotedRead[] = []
    const flaky = noting(reads, (read) => (read < 3 ? new Error('connection reset') : undefined))
    await using proxy = await RangeProxy.start(flaky, BLOCKS)
    using source = proxy.register(object)
    expect((await get(source.url, 'bytes=0-9')).body.equals(bytes.subarray(0, 10))).toBe(true)
    expect(source.reader.failure).toBeUndefined()

    await using dead = await RangeProxy.start(
      noting([], () => new Error('connection reset')),
      BLOCKS,
    )
    using lost = dead.register(object)
    await expect(get(lost.url)).rejects.toThrow()
    expect(lost.reader.failure).toMatchObject({ reason: 'the source could not be read', permanent: false })
  })

  test('takes less than was asked for as a failed read', async () => {
    let reads = 0
    const short: ObjectStore = {
      ...bench.store,
      fill: (address, places, options) =>
        reads++ === 0 ? Promise.reject(new RangeError('it ends before')) : bench.store.fill(address, places, options),
    }
    await using proxy = await RangeProxy.start(short, BLOCKS)
    using source = proxy.register(object)
    expect((await get(source.url, 'bytes=0-99')).body.equals(bytes.subarray(0, 100))).toBe(true)
  })

  test('never tries again what has changed', async () => {
    const reads: NotedRead[] = []
    await using proxy = await RangeProxy.start(
      noting(reads, () => new ObjectChangedError('gone')),
      BLOCKS,
    )
    using source = proxy.register({ ...object, sizeBytes: BLOCK })
    await expect(get(source.url)).rejects.toThrow()
    expect(reads).toHaveLength(1)
    expect(source.reader.failure).toMatchObject({ reason: 'the source changed or was removed', permanent: true })
  })
})

describe('what looks like media but names other files', () => {
  test.each([
    ['HLS', (url: string) => `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n${url}/a.ts\n#EXT-X-ENDLIST\n`],
    ['concat', (url: string) => `ffconcat version 1.0\nfile '${url}/a.mp4'\n`],
    ['DASH', (url: string) => `<?xml version="1.0"?><MPD><BaseURL>${url}/</BaseURL><Period></Period></MPD>`],
    ['SDP', () => 'v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 9 RTP/AVP 96\n'],
  ])('is refused by FFmpeg itself, and fetches nothing: %s', async (_, text) => {
    let requests = 0
    const server = createServer((_request, response) => {
      requests++
      response.end()
    })
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('the server has no port')
    await using proxy = await RangeProxy.start(bench.store)
    using source = proxy.register(await bench.putBytes('evil.mp4', text(`http://127.0.0.1:${address.port}`)))
    const exit = await runFfmpeg({
      ffmpegPath: await ffmpegPath(),
      args: [...inputArguments(source.url), '-f', 'null', '-'],
      limits: shortRun(DEFAULT_LIMITS),
      signal: never,
    })
    server.close()
    expect([exit.code === 0, requests]).toEqual([false, 0])
  })
})

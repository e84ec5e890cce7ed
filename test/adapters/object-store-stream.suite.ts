import { randomBytes } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import type { ObjectStore } from '../../src/core/shared/object-store.ts'

const bytesOf = (text: string): Uint8Array => Buffer.from(text)
const contentType = 'video/mp4'
const never = new AbortController().signal

/** What every object store of ours does with bytes that come one after the other. */
export const streamTests = (store: () => ObjectStore, bucket: string): void => {
  const textOf = async (key: string) => (await buffer(await store().read({ bucket, key }))).toString()
  const stream = async function* (chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
    for (const chunk of chunks) {
      const piece = Buffer.from(chunk)
      yield piece
      // Whoever reads into the same memory again changes it.
      piece.fill(0)
    }
  }
  const putStream = (
    key: string,
    bytes: AsyncIterable<Uint8Array>,
    options: { readonly sizeBytes?: number; readonly signal?: AbortSignal },
  ) => store().putStream({ bucket, key }, bytes, { contentType, signal: never, ...options })

  test('bytes that come in pieces are one object, however many', async () => {
    const chunks = Array.from({ length: 26 }, (_, n) => randomBytes(500_000 + n))
    const whole = Buffer.concat(chunks)
    await putStream('stream/large.mp4', stream(chunks), { sizeBytes: whole.length })
    expect(whole.equals(await buffer(await store().read({ bucket, key: 'stream/large.mp4' })))).toBe(true)
    expect(await store().head({ bucket, key: 'stream/large.mp4' })).toMatchObject({
      sizeBytes: whole.length,
      contentType,
    })
    await putStream('stream/small.mp4', stream([bytesOf('ab'), bytesOf(''), bytesOf('c')]), { sizeBytes: 3 })
    expect(await textOf('stream/small.mp4')).toBe('abc')
    await putStream('stream/empty.mp4', stream([]), { sizeBytes: 0 })
    expect(await textOf('stream/empty.mp4')).toBe('')
  })

  test('bytes of which nobody knows the number before the end are one object, too', async () => {
    const chunks = Array.from({ length: 26 }, (_, n) => randomBytes(700_000 + n))
    const whole = Buffer.concat(chunks)
    await putStream('unknown/large.mp4', stream(chunks), {})
    expect(whole.equals(await buffer(await store().read({ bucket, key: 'unknown/large.mp4' })))).toBe(true)
    await putStream('unknown/empty.mp4', stream([]), {})
    const failing = async function* () {
      yield* chunks
      throw new Error('the source ended')
    }
    await expect(putStream('unknown/failed.mp4', failing(), {})).rejects.toThrow('the source ended')
    const found = await Array.fromAsync(store().list(bucket, 'unknown/'))
    expect(found.map(({ key, sizeBytes }) => [key, sizeBytes])).toEqual([
      ['unknown/empty.mp4', 0],
      ['unknown/large.mp4', whole.length],
    ])
  })

  test('a stream that fails, is aborted, or is not as long as announced leaves what was there', async () => {
    await putStream('stream/kept.mp4', stream([bytesOf('before')]), { sizeBytes: 6 })
    const part = randomBytes(6_000_000)
    const failing = async function* () {
      yield part
      yield part
      throw new Error('the source ended')
    }
    const abort = new AbortController()
    const aborting = async function* () {
      yield part
      abort.abort(new Error('cancelled'))
      yield part
    }
    await expect(putStream('stream/kept.mp4', failing(), { sizeBytes: 12_000_001 })).rejects.toThrow('the source ended')
    await expect(
      putStream('stream/kept.mp4', aborting(), { sizeBytes: 12_000_000, signal: abort.signal }),
    ).rejects.toThrow('cancelled')
    await expect(putStream('stream/kept.mp4', stream([bytesOf('a')]), { sizeBytes: 2 })).rejects.toThrow(
      'fewer bytes came',
    )
    await expect(putStream('stream/kept.mp4', stream([bytesOf('abc')]), { sizeBytes: 2 })).rejects.toThrow(
      'more bytes came',
    )
    await expect(putStream('stream/kept.mp4', stream([part, part]), { sizeBytes: 12_000_001 })).rejects.toThrow(
      'fewer bytes came',
    )
    expect(await textOf('stream/kept.mp4')).toBe('before')
    expect(await Array.fromAsync(store().list(bucket, 'stream/kept'), ({ key }) => key)).toEqual(['stream/kept.mp4'])
  })
}

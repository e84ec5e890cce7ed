import { buffer } from 'node:stream/consumers'
import type { ObjectAddress, ObjectStore } from '../../core/shared/object-store.ts'
import { SharedCache } from './shared-cache.ts'

/** An object of which every byte that is read must be of one version, if it says so. */
export interface CachedObject extends ObjectAddress {
  readonly sizeBytes: number
  readonly etag?: string
}

const BLOCK_BYTES = 1 << 20
/** A viewer reads the blocks of a segment twice, once for the picture and once for the sound. */
const MOST_BYTES = 128 << 20
const READ_TIMEOUT_MS = 30_000
/** By one request. */
const AT_ONCE = 4

/** Parts of objects that were read last. One per process. */
export class BlockCache {
  readonly #store: Pick<ObjectStore, 'read'>
  readonly #blocks = new SharedCache<Uint8Array>({ mostBytes: MOST_BYTES, bytesOf: ({ length }) => length })

  constructor(store: Pick<ObjectStore, 'read'>) {
    this.#store = store
  }

  /** All of these bytes, which must be there. */
  async read(object: CachedObject, start: number, length: number): Promise<Uint8Array> {
    if (length === 0) return new Uint8Array()
    const [first, end] = [Math.floor(start / BLOCK_BYTES), Math.ceil((start + length) / BLOCK_BYTES)]
    const blocks: Uint8Array[] = []
    for (let index = first; index < end; index += AT_ONCE) {
      const some = Array.from({ length: Math.min(AT_ONCE, end - index) }, (_, n) => this.#block(object, index + n))
      blocks.push(...(await Promise.all(some)))
    }
    const [only] = blocks
    const whole = only && blocks.length === 1 ? only : Buffer.concat(blocks)
    return whole.subarray(start - first * BLOCK_BYTES, start - first * BLOCK_BYTES + length)
  }

  #block(object: CachedObject, index: number): Promise<Uint8Array> {
    const { bucket, key, etag } = object
    return this.#blocks.get(JSON.stringify([bucket, key, etag, index]), () => this.#readBlock(object, index))
  }

  async #readBlock(object: CachedObject, index: number): Promise<Uint8Array> {
    const start = index * BLOCK_BYTES
    const range = { start, end: Math.min(start + BLOCK_BYTES, object.sizeBytes) - 1 }
    const version = object.etag === undefined ? {} : { ifMatch: object.etag }
    const signal = AbortSignal.timeout(READ_TIMEOUT_MS)
    const bytes = await buffer(await this.#store.read(object, { range, signal, ...version }))
    const wanted = range.end - range.start + 1
    if (bytes.length === wanted) return bytes
    throw new Error(`the store sent ${bytes.length} of ${wanted} bytes`)
  }
}

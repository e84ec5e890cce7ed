import { buffer } from 'node:stream/consumers'
import { LRUCache } from 'lru-cache'
import type { ObjectAddress, ObjectStore } from '../../core/shared/object-store.ts'

/** An object of which every byte that is read must be of one version, if it says so. */
export interface CachedObject extends ObjectAddress {
  readonly sizeBytes: number
  readonly etag?: string
}

const BLOCK_BYTES = 1 << 20
/** A viewer reads the blocks of a segment twice, once for the picture and once for the sound. */
const MOST_BYTES = 128 << 20
const READ_TIMEOUT_MS = 30_000

interface Block {
  readonly object: CachedObject
  readonly index: number
}

/** Parts of objects that were read last; what many ask for at once is read once. One per process. */
export class BlockCache {
  readonly #blocks: LRUCache<string, Uint8Array, Block>

  constructor(store: Pick<ObjectStore, 'read'>) {
    this.#blocks = new LRUCache<string, Uint8Array, Block>({
      maxSize: MOST_BYTES,
      sizeCalculation: ({ length }) => Math.max(1, length),
      fetchMethod: async (_key, _stale, { context: { object, index } }) => {
        const start = index * BLOCK_BYTES
        const range = { start, end: Math.min(start + BLOCK_BYTES, object.sizeBytes) - 1 }
        const signal = AbortSignal.timeout(READ_TIMEOUT_MS)
        const { etag } = object
        const bytes = await buffer(
          await store.read(object, { range, signal, ...(etag !== undefined && { ifMatch: etag }) }),
        )
        const wanted = range.end - range.start + 1
        if (bytes.length === wanted) return bytes
        throw new Error(`the store sent ${bytes.length} of ${wanted} bytes`)
      },
    })
  }

  /** All of these bytes, which must be there. */
  async read(object: CachedObject, start: number, length: number): Promise<Uint8Array> {
    if (length === 0) return new Uint8Array()
    const [first, last] = [Math.floor(start / BLOCK_BYTES), Math.floor((start + length - 1) / BLOCK_BYTES)]
    const blocks = await Promise.all(
      Array.from({ length: last - first + 1 }, (_, n) => this.#block({ object, index: first + n })),
    )
    const from = start - first * BLOCK_BYTES
    const [only] = blocks
    return only && blocks.length === 1
      ? only.subarray(from, from + length)
      : Buffer.concat(blocks).subarray(from, from + length)
  }

  #block(block: Block): Promise<Uint8Array> {
    const { bucket, key, etag } = block.object
    return this.#blocks.forceFetch(JSON.stringify([bucket, key, etag, block.index]), { context: block })
  }
}

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
/** That follow each other are read as one, if they are missing. */
const BLOCKS_AT_ONCE = 4
/** By one request. */
const READS_AT_ONCE = 4

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
    const step = BLOCKS_AT_ONCE * READS_AT_ONCE
    for (let index = first; index < end; index += step) {
      blocks.push(...(await Promise.all(this.#blocksIn(object, index, Math.min(index + step, end)))))
    }
    const [only] = blocks
    const whole = only && blocks.length === 1 ? only : Buffer.concat(blocks)
    return whole.subarray(start - first * BLOCK_BYTES, start - first * BLOCK_BYTES + length)
  }

  /** Neither looked for here nor kept: what is needed once. */
  async readOnce(object: CachedObject, start: number, length: number): Promise<Uint8Array> {
    if (length === 0) return new Uint8Array()
    const range = { start, end: start + length - 1 }
    const version = object.etag === undefined ? {} : { ifMatch: object.etag }
    const signal = AbortSignal.timeout(READ_TIMEOUT_MS)
    const bytes = await buffer(await this.#store.read(object, { range, signal, ...version }))
    if (bytes.length === length) return bytes
    throw new Error(`the store sent ${bytes.length} of ${length} bytes`)
  }

  /** Of these numbers, `end` excluded. */
  #blocksIn(object: CachedObject, first: number, end: number): readonly Promise<Uint8Array>[] {
    const keyOf = (index: number) => JSON.stringify([object.bucket, object.key, object.etag, index])
    const blocks: Promise<Uint8Array>[] = []
    for (let index = first; index < end; ) {
      let until = index + 1
      const isMissing = !this.#blocks.has(keyOf(index))
      while (isMissing && until < end && until - index < BLOCKS_AT_ONCE && !this.#blocks.has(keyOf(until))) until += 1
      const run = this.#run(object, index, until)
      for (; index < until; index += 1) {
        const at = index
        blocks.push(this.#blocks.get(keyOf(at), () => run(at)))
      }
    }
    return blocks
  }

  /** Blocks by one read, which the first of them that is asked for begins. Copies: a view would keep all of them in memory. */
  #run(object: CachedObject, first: number, end: number): (index: number) => Promise<Uint8Array> {
    const start = first * BLOCK_BYTES
    let bytes: Promise<Uint8Array> | undefined
    return async (index) => {
      bytes ??= this.readOnce(object, start, Math.min(end * BLOCK_BYTES, object.sizeBytes) - start)
      const from = index * BLOCK_BYTES - start
      return new Uint8Array((await bytes).subarray(from, from + BLOCK_BYTES))
    }
  }
}

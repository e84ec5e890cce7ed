import { buffer } from 'node:stream/consumers'
import { createGate } from '../../core/shared/gate.ts'
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
/** That follow each other and are missing at the same time are read as one. */
const MOST_AT_ONCE = 8
/** For one object. */
const READS_AT_ONCE = 4

type Batch = Map<number, PromiseWithResolvers<Uint8Array>>

/** Parts of objects that were read last. One per process. */
export class BlockCache {
  readonly #store: Pick<ObjectStore, 'read'>
  readonly #blocks = new SharedCache<Uint8Array>({ mostBytes: MOST_BYTES, bytesOf: ({ length }) => length })
  /** Blocks of each object that were asked for just now. */
  readonly #batches = new Map<string, Batch>()

  constructor(store: Pick<ObjectStore, 'read'>) {
    this.#store = store
  }

  /** All of these bytes, which must be there. */
  async read(object: CachedObject, start: number, length: number): Promise<Uint8Array> {
    if (length === 0) return new Uint8Array()
    const [first, end] = [Math.floor(start / BLOCK_BYTES), Math.ceil((start + length) / BLOCK_BYTES)]
    const blocks = await Promise.all(Array.from({ length: end - first }, (_, n) => this.#block(object, first + n)))
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

  #block(object: CachedObject, index: number): Promise<Uint8Array> {
    const name = JSON.stringify([object.bucket, object.key, object.etag])
    return this.#blocks.get(`${name} ${index}`, () => {
      const batch = this.#batches.get(name) ?? this.#begin(name, object)
      const block = Promise.withResolvers<Uint8Array>()
      batch.set(index, block)
      return block.promise
    })
  }

  /** It is read once all who ask at this moment have asked. */
  #begin(name: string, object: CachedObject): Batch {
    const batch: Batch = new Map()
    this.#batches.set(name, batch)
    queueMicrotask(() => {
      this.#batches.delete(name)
      const gate = createGate(READS_AT_ONCE)
      for (const run of runsOf([...batch.keys()])) void gate(() => this.#readRun(object, run, batch))
    })
    return batch
  }

  /** Never rejects: those who wait for the blocks are told. */
  async #readRun(object: CachedObject, run: readonly number[], batch: Batch): Promise<void> {
    const start = (run[0] ?? 0) * BLOCK_BYTES
    try {
      const length = Math.min(run.length * BLOCK_BYTES, object.sizeBytes - start)
      const bytes = await this.readOnce(object, start, length)
      for (const [n, index] of run.entries()) {
        // A copy: a view would keep all of the run in memory.
        batch.get(index)?.resolve(new Uint8Array(bytes.subarray(n * BLOCK_BYTES, (n + 1) * BLOCK_BYTES)))
      }
    } catch (error) {
      for (const index of run) batch.get(index)?.reject(error)
    }
  }
}

const runsOf = (indexes: readonly number[]): readonly (readonly number[])[] => {
  const runs: number[][] = []
  for (const index of indexes.toSorted((one, other) => one - other)) {
    const run = runs.at(-1)
    if (run && run.length < MOST_AT_ONCE && run.at(-1) === index - 1) run.push(index)
    else runs.push([index])
  }
  return runs
}

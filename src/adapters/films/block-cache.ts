import { createGate, type Gate } from '../../core/shared/gate.ts'
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
/** Of one object: one that is read all over, or hangs, leaves places for others. */
const READS_OF_ONE = 4
const READS_OF_ALL = 16

interface SingleRead {
  readonly start: number
  readonly length: number
  readonly signal: AbortSignal
}

type Batch = Map<number, PromiseWithResolvers<Uint8Array>>

/** Parts of objects that were read last. One per process. */
export interface BlockCache {
  readonly store: Pick<ObjectStore, 'fill'>
  readonly blocks: SharedCache<Uint8Array>
  readonly gate: Gate
}

export const createBlockCache = (store: Pick<ObjectStore, 'fill'>): BlockCache => ({
  store,
  blocks: new SharedCache({ mostBytes: MOST_BYTES, bytesOf: ({ length }) => length }),
  gate: createGate(READS_OF_ALL),
})

/** One object, whoever reads it. */
export class ObjectBlocks {
  readonly #cache: BlockCache
  readonly #object: CachedObject
  readonly #name: string
  readonly #gate = createGate(READS_OF_ONE)
  /** Blocks that were asked for just now. */
  #asked: Batch | undefined

  constructor(cache: BlockCache, object: CachedObject) {
    this.#cache = cache
    this.#object = object
    this.#name = JSON.stringify([object.bucket, object.key, object.etag])
  }

  /** All of these bytes, which must be there. */
  async read(start: number, length: number): Promise<Uint8Array> {
    this.#requireInside(start + length)
    const from = start % BLOCK_BYTES
    if (length > 0 && from + length <= BLOCK_BYTES) {
      return (await this.#block(Math.floor(start / BLOCK_BYTES))).subarray(from, from + length)
    }
    const bytes = Buffer.allocUnsafeSlow(length)
    await this.fill(bytes, start)
    return bytes
  }

  /** No block is held until the others have been read, too: those of a segment may be far more than it has bytes itself. */
  async fill(target: Uint8Array, start: number): Promise<void> {
    const end = start + target.length
    if (end === start) return
    this.#requireInside(end)
    const copy = async (index: number): Promise<void> => {
      const position = index * BLOCK_BYTES
      const block = await this.#block(index)
      target.set(block.subarray(Math.max(0, start - position), end - position), Math.max(0, position - start))
    }
    const first = Math.floor(start / BLOCK_BYTES)
    const count = Math.ceil(end / BLOCK_BYTES) - first
    // Most samples lie in one, and there are many of them.
    if (count === 1) return copy(first)
    await Promise.all(Array.from({ length: count }, (_, n) => copy(first + n)))
  }

  /** Neither looked for here nor kept: what is needed once. */
  async readOnce({ start, length, signal }: SingleRead): Promise<Uint8Array> {
    if (length === 0) return new Uint8Array()
    const bytes = Buffer.allocUnsafeSlow(length)
    await this.#readInto([bytes], start, signal)
    return bytes
  }

  #requireInside(end: number): void {
    if (end > this.#object.sizeBytes) throw new RangeError(`the object ends before ${end}`)
  }

  #block(index: number): Promise<Uint8Array> {
    return this.#cache.blocks.get(`${this.#name} ${index}`, () => {
      this.#asked ??= this.#begin()
      const block = Promise.withResolvers<Uint8Array>()
      this.#asked.set(index, block)
      return block.promise
    })
  }

  /** It is read once all who ask at this moment have asked. */
  #begin(): Batch {
    const batch: Batch = new Map()
    queueMicrotask(() => {
      this.#asked = undefined
      for (const run of runsOf([...batch.keys()])) {
        void this.#gate(() => this.#cache.gate(() => this.#readRun(run, batch)))
      }
    })
    return batch
  }

  /** Never rejects: those who wait for the blocks are told. */
  async #readRun(run: readonly number[], batch: Batch): Promise<void> {
    try {
      // Each in memory of its own: a view would keep all of the run.
      const blocks = run.map((index) =>
        Buffer.allocUnsafeSlow(Math.min(BLOCK_BYTES, this.#object.sizeBytes - index * BLOCK_BYTES)),
      )
      await this.#readInto(blocks, (run[0] ?? 0) * BLOCK_BYTES, AbortSignal.timeout(READ_TIMEOUT_MS))
      for (const [n, index] of run.entries()) batch.get(index)?.resolve(blocks[n] ?? new Uint8Array())
    } catch (error) {
      for (const index of run) batch.get(index)?.reject(error)
    } finally {
      // Else it would hold them until the last run of the batch was read.
      for (const index of run) batch.delete(index)
    }
  }

  /** Fills all of these, one behind the other. */
  async #readInto(blocks: readonly Buffer[], start: number, signal: AbortSignal): Promise<void> {
    const version = this.#object.etag === undefined ? {} : { ifMatch: this.#object.etag }
    await this.#cache.store.fill(this.#object, blocks, { start, signal, ...version })
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

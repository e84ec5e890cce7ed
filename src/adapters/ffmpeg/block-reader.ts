import { setTimeout as wait } from 'node:timers/promises'
import { MediaFailure, type PinnedSource } from '../../core/processing/ports.ts'
import { type ByteRange, ObjectChangedError, type ObjectStore } from '../../core/shared/object-store.ts'
import { piecesOf } from './pieces-of.ts'

export interface BlockSettings {
  readonly blockBytes: number
  /** Blocks kept per object: enough for the two or three places that a demuxer reads at in turn. */
  readonly cachedBlocks: number
  /** One read of one block. */
  readonly readTimeoutMs: number
  /** Waits before the second and further tries of a read; their number is the number of retries. */
  readonly retryDelaysMs: readonly number[]
}

/** As the store sent it: put together, every byte would be copied and every block be garbage twice. */
type Block = readonly Uint8Array[]

/**
 * One version of a source, read in whole blocks: however wildly a demuxer jumps, each block is asked for once at a time,
 * and reading on in order finds the next block already on its way.
 */
export class BlockReader implements Disposable {
  readonly object: PinnedSource
  /** Set once a read failed for good: FFmpeg takes a broken source for its end, so whoever runs it must ask here. */
  failure: MediaFailure | undefined
  readonly #store: ObjectStore
  readonly #settings: BlockSettings
  readonly #blocks = new Map<number, Promise<Block>>()
  readonly #disposed = new AbortController()
  #last = -1
  #pending = 0

  constructor(store: ObjectStore, object: PinnedSource, settings: BlockSettings) {
    this.#store = store
    this.object = object
    this.#settings = settings
  }

  /** True while somebody waits for the store. */
  get isWaiting(): boolean {
    return this.#pending > 0
  }

  /** The bytes of a range, block by block as they come. */
  async *read({ start, end }: ByteRange): AsyncGenerator<Uint8Array> {
    const { blockBytes } = this.#settings
    for (let position = start; position <= end; ) {
      const index = Math.floor(position / blockBytes)
      let at = index * blockBytes
      for (const chunk of await this.#wanted(index)) {
        const piece = chunk.subarray(Math.max(position - at, 0), Math.max(end + 1 - at, 0))
        at += chunk.length
        position += piece.length
        if (piece.length > 0) yield piece
      }
    }
  }

  /** A short range as one piece; shorter than asked for at the end of the object. */
  async bytes(start: number, length: number): Promise<Buffer> {
    const end = Math.min(start + length, this.object.sizeBytes) - 1
    const pieces: Uint8Array[] = []
    for await (const piece of this.read({ start, end })) pieces.push(piece)
    return Buffer.concat(pieces)
  }

  [Symbol.dispose](): void {
    this.#disposed.abort()
    this.#blocks.clear()
  }

  async #wanted(index: number): Promise<Block> {
    const block = this.#block(index)
    const next = index + 1
    if (index === this.#last + 1 && next * this.#settings.blockBytes < this.object.sizeBytes) void this.#block(next)
    this.#last = index
    this.#pending += 1
    try {
      return await block
    } finally {
      this.#pending -= 1
    }
  }

  #block(index: number): Promise<Block> {
    const known = this.#blocks.get(index)
    const block = known ?? this.#fetch(index)
    // To the end of the map: the first of it is the one used longest ago.
    this.#blocks.delete(index)
    this.#blocks.set(index, block)
    if (!known) {
      block.catch(() => this.#blocks.delete(index))
      const [oldest] = this.#blocks.keys()
      if (this.#blocks.size > this.#settings.cachedBlocks && oldest !== undefined) this.#blocks.delete(oldest)
    }
    return block
  }

  async #fetch(index: number): Promise<Block> {
    const { blockBytes, retryDelaysMs } = this.#settings
    const start = index * blockBytes
    const range = { start, end: Math.min(start + blockBytes, this.object.sizeBytes) - 1 }
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#readOnce(range)
      } catch (error) {
        this.#disposed.signal.throwIfAborted()
        const delayMs = retryDelaysMs[attempt]
        if (error instanceof ObjectChangedError || delayMs === undefined) throw this.#fail(error)
        await wait(delayMs, undefined, { signal: this.#disposed.signal })
      }
    }
  }

  async #readOnce(range: ByteRange): Promise<Block> {
    const timeout = AbortSignal.timeout(this.#settings.readTimeoutMs)
    const signal = AbortSignal.any([this.#disposed.signal, timeout])
    const chunks: Uint8Array[] = []
    const wanted = range.end - range.start + 1
    let filled = 0
    for (const piece of piecesOf(this.object, range)) {
      const { object } = piece
      const stream = await this.#store.read(object, { range: piece.range, ifMatch: object.etag, signal })
      for await (const chunk of stream) {
        chunks.push(chunk)
        filled += chunk.length
        if (filled > wanted) throw new Error('the store sent more than the range asked for')
      }
    }
    if (filled < wanted) throw new Error(`the store sent ${filled} of ${wanted} bytes`)
    return chunks
  }

  #fail(cause: unknown): MediaFailure {
    this.failure ??=
      cause instanceof ObjectChangedError
        ? new MediaFailure('the source changed or was removed', { permanent: true, cause })
        : new MediaFailure('the source could not be read', { permanent: false, cause })
    return this.failure
  }
}

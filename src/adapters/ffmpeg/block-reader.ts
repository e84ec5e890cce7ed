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

interface Block {
  readonly bytes: Uint8Array
  /** Who read it may hold its memory for longer than we know. */
  isLent: boolean
}

interface CachedBlock {
  readonly block: Promise<Block>
  /** Who waits for it, or copies from it. */
  users: number
  /** Once it is there. */
  filled?: Block
}

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
  readonly #blocks = new Map<number, CachedBlock>()
  /** Memory of blocks that nobody reads any more: fresh memory costs as much as what is read into it. */
  readonly #spare: Uint8Array[] = []
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

  /** The bytes of a range, block by block as they come; they stay what they are. */
  async *read({ start, end }: ByteRange): AsyncGenerator<Uint8Array> {
    for (let position = start; position <= end; ) {
      const piece = await this.#use(position, (block, from) => {
        block.isLent = true
        return block.bytes.subarray(from, from + end + 1 - position)
      })
      position += piece.length
      yield piece
    }
  }

  /** Puts the bytes from `start` on, which must be there, into memory of the caller's. */
  async fill(target: Uint8Array, start: number): Promise<void> {
    for (let at = 0; at < target.length; ) {
      at += await this.#use(start + at, ({ bytes }, from) => {
        const piece = bytes.subarray(from, from + target.length - at)
        target.set(piece, at)
        return piece.length
      })
    }
  }

  /** A short range as one piece; shorter than asked for at the end of the object. */
  async bytes(start: number, length: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafeSlow(Math.max(0, Math.min(length, this.object.sizeBytes - start)))
    await this.fill(bytes, start)
    return bytes
  }

  [Symbol.dispose](): void {
    this.#disposed.abort()
    this.#blocks.clear()
    this.#spare.length = 0
  }

  /** What `take` makes of the block that a position lies in, and of the place in it. */
  async #use<T>(position: number, take: (block: Block, from: number) => T): Promise<T> {
    const { blockBytes } = this.#settings
    const index = Math.floor(position / blockBytes)
    const cached = this.#block(index)
    // Before anything else may take its place.
    cached.users += 1
    this.#pending += 1
    const next = index + 1
    if (index === this.#last + 1 && next * blockBytes < this.object.sizeBytes) this.#block(next)
    this.#last = index
    try {
      return take(await cached.block, position - index * blockBytes)
    } finally {
      this.#pending -= 1
      cached.users -= 1
    }
  }

  #block(index: number): CachedBlock {
    const known = this.#blocks.get(index)
    const cached = known ?? this.#begin(index)
    // To the end of the map: the first of it is the one used longest ago.
    this.#blocks.delete(index)
    this.#blocks.set(index, cached)
    return cached
  }

  #begin(index: number): CachedBlock {
    this.#makeRoom()
    const cached: CachedBlock = { block: this.#fetch(index), users: 0 }
    cached.block.then(
      (block) => {
        cached.filled = block
      },
      () => this.#blocks.delete(index),
    )
    return cached
  }

  #makeRoom(): void {
    const [oldest] = this.#blocks
    if (this.#blocks.size < this.#settings.cachedBlocks || !oldest) return
    const [index, { users, filled }] = oldest
    this.#blocks.delete(index)
    const isWhole = filled?.bytes.length === this.#settings.blockBytes
    if (users === 0 && isWhole && !filled.isLent) this.#spare.push(filled.bytes)
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

  /** Never into the memory of a try that failed: it may still be written to. */
  async #readOnce(range: ByteRange): Promise<Block> {
    const timeout = AbortSignal.timeout(this.#settings.readTimeoutMs)
    const signal = AbortSignal.any([this.#disposed.signal, timeout])
    const wanted = range.end - range.start + 1
    const spare = wanted === this.#settings.blockBytes ? this.#spare.pop() : undefined
    const bytes = spare ?? Buffer.allocUnsafeSlow(wanted)
    let filled = 0
    for (const { object, range: piece } of piecesOf(this.object, range)) {
      const place = bytes.subarray(filled, filled + piece.end - piece.start + 1)
      await this.#store.fill(object, [place], { start: piece.start, ifMatch: object.etag, signal })
      filled += place.length
    }
    if (filled < wanted) throw new Error(`the source has ${filled} of ${wanted} bytes`)
    return { bytes, isLent: false }
  }

  #fail(cause: unknown): MediaFailure {
    this.failure ??=
      cause instanceof ObjectChangedError
        ? new MediaFailure('the source changed or was removed', { permanent: true, cause })
        : new MediaFailure('the source could not be read', { permanent: false, cause })
    return this.failure
  }
}

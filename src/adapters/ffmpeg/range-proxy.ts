import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { PinnedSource } from '../../core/processing/ports.ts'
import type { ByteRange, ObjectStore } from '../../core/shared/object-store.ts'
import { BlockReader, type BlockSettings } from './block-reader.ts'

/** An object that FFmpeg may read while this is not disposed. */
export interface RegisteredSource extends Disposable {
  /** Loopback, with a token of its own. */
  readonly url: string
  readonly reader: BlockReader
}

const DEFAULTS: BlockSettings = {
  blockBytes: 1 << 20,
  cachedBlocks: 6,
  readTimeoutMs: 30_000,
  retryDelaysMs: [100, 500, 2000, 5000],
}

/** Small, because what FFmpeg has not read when it jumps elsewhere was copied for nothing. */
const WRITE_BYTES = 256 << 10

/**
 * A loopback HTTP server through which FFmpeg reads all sources: credentials never reach a command line, what is read from
 * the store is bounded and retried, and FFmpeg needs neither TLS nor DNS. One per worker process.
 */
export class RangeProxy implements AsyncDisposable {
  readonly #store: ObjectStore
  readonly #server: Server
  readonly #settings: BlockSettings
  readonly #readers = new Map<string, BlockReader>()

  private constructor(store: ObjectStore, settings: BlockSettings) {
    this.#store = store
    this.#settings = settings
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy())
    })
  }

  static async start(store: ObjectStore, settings: Partial<BlockSettings> = {}): Promise<RangeProxy> {
    const proxy = new RangeProxy(store, { ...DEFAULTS, ...settings })
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  register(object: PinnedSource, settings: Partial<BlockSettings> = {}): RegisteredSource {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('the range proxy is closed')
    const token = randomBytes(16).toString('hex')
    const reader = new BlockReader(this.#store, object, { ...this.#settings, ...settings })
    this.#readers.set(token, reader)
    return {
      url: `http://127.0.0.1:${address.port}/src/${token}`,
      reader,
      [Symbol.dispose]: () => {
        this.#readers.delete(token)
        reader[Symbol.dispose]()
      },
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const reader of this.#readers.values()) reader[Symbol.dispose]()
    this.#readers.clear()
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const reader = this.#readers.get(/^\/src\/([0-9a-f]{32})$/.exec(request.url ?? '')?.[1] ?? '')
    if (!reader) return void response.writeHead(404).end()
    if (request.method !== 'GET' && request.method !== 'HEAD') return void response.writeHead(405).end()
    const size = reader.object.sizeBytes
    const range = rangeOf(request.headers.range, size)
    if (range === 'unsatisfiable') {
      return void response.writeHead(416, { 'content-range': `bytes */${size}` }).end()
    }
    const { start, end } = range ?? { start: 0, end: size - 1 }
    response.writeHead(range ? 206 : 200, {
      'accept-ranges': 'bytes',
      'content-type': 'application/octet-stream',
      'content-length': end - start + 1,
      ...(range ? { 'content-range': `bytes ${start}-${end}/${size}` } : {}),
    })
    if (request.method === 'GET') await send(reader, { start, end }, response)
    response.end()
  }
}

/** Ends early when the peer went away, which FFmpeg does at each jump. */
const send = async (reader: BlockReader, range: ByteRange, response: ServerResponse): Promise<void> => {
  for await (const block of reader.read(range)) {
    for (let at = 0; at < block.length; at += WRITE_BYTES) {
      if (response.destroyed) return
      const taken = response.write(block.subarray(at, at + WRITE_BYTES))
      if (!taken) await drained(response)
    }
  }
}

const drained = (response: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done).off('close', done)
      resolve()
    }
    response.on('drain', done).on('close', done)
  })

/** `undefined`: the whole object, as for anything but one range of bytes (RFC 9110 lets a server ignore those). */
export const rangeOf = (header: string | undefined, size: number): ByteRange | 'unsatisfiable' | undefined => {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? []
  if (first === undefined || last === undefined || (first === '' && last === '')) return undefined
  if (first === '') {
    const start = Math.max(0, size - Number(last))
    return Number(last) === 0 || size === 0 ? 'unsatisfiable' : { start, end: size - 1 }
  }
  const start = Number(first)
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1)
  if (last !== '' && Number(last) < start) return undefined
  return start >= size ? 'unsatisfiable' : { start, end }
}

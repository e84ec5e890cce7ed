import { once } from 'node:events'
import { createServer } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { parseStoragePath, verifySignedRead } from '../../src/adapters/object-store/signed-read.ts'
import { createLocalStore } from '../support/object-store.ts'
import { objectStoreSuite, type StoreUnderTest } from './object-store.suite.ts'

/** Serves signed reads as the API does, with single ranges. */
const openWithServer = async (): Promise<StoreUnderTest> => {
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1')
    const object = parseStoragePath(url.pathname)
    const info = object && (await local.store.head(object))
    const isAllowed =
      object && verifySignedRead(url.searchParams, object, { secret: local.signingSecret, now: new Date() })
    if (!info || !isAllowed) return void response.writeHead(403).end()
    const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? []
    const range = start === undefined ? {} : { range: { start: Number(start), end: Number(end) } }
    response.writeHead(start === undefined ? 200 : 206)
    await pipeline(await local.store.read(object, range), response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const local = await createLocalStore(`http://127.0.0.1:${port}`)
  return {
    store: local.store,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
      await local[Symbol.asyncDispose]()
    },
  }
}

objectStoreSuite('local', openWithServer)

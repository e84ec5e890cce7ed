import { createServer, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pause } from '../../../src/engine/pause.ts'
import type { Random } from '../random.ts'
import { type Fault, NO_HARM } from './fault.ts'

type Mood = 'well' | 'failing' | 'slow' | 'cutting'

/** Stands before an S3 store, and spoils what goes through when told to. */
export interface StoreProxy extends AsyncDisposable {
  readonly url: string
  mood: Mood
  /** Calls that did not go well. */
  spoilt: number
}

const SHARE_FAILING = 0.2
const SLOW_MS = 1_500
const CUT_AFTER_BYTES = 1_000

/** The host that was signed stays, so that the store finds signatures right. */
export const startStoreProxy = async (endpoint: string, random: Random): Promise<StoreProxy> => {
  const { hostname, port } = new URL(endpoint)
  const over = new AbortController()
  const proxy = { mood: 'well' as Mood, spoilt: 0 }
  const server = createServer(async (incoming, answer) => {
    const { mood } = proxy
    const isHit = mood !== 'well' && random.share() < SHARE_FAILING
    if (isHit || mood === 'slow') proxy.spoilt++
    if (isHit && mood === 'failing') {
      incoming.resume()
      answer.writeHead(503, { 'content-type': 'application/xml' })
      return answer.end('<Error><Code>ServiceUnavailable</Code><Message>chaos</Message></Error>')
    }
    if (mood === 'slow') await pause(SLOW_MS * random.share(), over.signal)
    const { method, url: path, headers } = incoming
    const onward = send({ hostname, port, method, path, headers, setHost: false }, (reply) => {
      answer.writeHead(reply.statusCode ?? 502, reply.rawHeaders)
      if (isHit && mood === 'cutting') {
        reply.once('data', (bytes: Buffer) => {
          answer.write(bytes.subarray(0, CUT_AFTER_BYTES), () => answer.destroy())
        })
        reply.once('end', () => answer.destroy())
      } else reply.pipe(answer)
      reply.on('error', () => answer.destroy())
    })
    onward.on('error', () => answer.destroy())
    answer.on('close', () => onward.destroy())
    incoming.pipe(onward)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address() as AddressInfo
  return Object.assign(proxy, {
    url: `http://127.0.0.1:${address.port}`,
    async [Symbol.asyncDispose]() {
      over.abort()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  })
}

const SPOILT_MS = 5_000

/** Each for some seconds. */
export const storeFaults = (proxy: StoreProxy): readonly Fault[] =>
  (['failing', 'slow', 'cutting'] as const).map((mood) => ({
    name: `store ${mood}`,
    weight: 1,
    async strike({ signal }) {
      const before = proxy.spoilt
      proxy.mood = mood
      await pause(SPOILT_MS, signal)
      proxy.mood = 'well'
      return proxy.spoilt > before ? NO_HARM : 'missed'
    },
  }))

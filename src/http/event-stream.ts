import { setTimeout as delay } from 'node:timers/promises'
import type { ServerSentEvent } from '../wire/operation.ts'

export const EVENT_STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  // nginx would keep events back until there are many.
  'x-accel-buffering': 'no',
  // A server that drains would wait for a connection that is kept open for further requests.
  connection: 'close',
} as const

/** Shorter than what proxies take for silence. */
const HEARTBEAT_MS = 15_000
const RECONNECT_MS = 2_000

export const isEventStream = (answer: unknown): answer is AsyncIterable<ServerSentEvent> =>
  typeof answer === 'object' && answer !== null && Symbol.asyncIterator in answer

/** As they go over the wire, with a comment now and again. Asks for the next event only when the one before was taken. */
export async function* writeEvents(
  events: AsyncIterable<ServerSentEvent>,
  heartbeatMs = HEARTBEAT_MS,
): AsyncGenerator<string> {
  yield `retry: ${RECONNECT_MS}\n\n`
  const iterator = events[Symbol.asyncIterator]()
  let next = iterator.next()
  for (;;) {
    const result = await within(next, heartbeatMs)
    if (result === undefined) {
      yield ': still here\n\n'
      continue
    }
    if (result.done) return
    yield `event: ${result.value.event}\ndata: ${JSON.stringify(result.value.data)}\n\n`
    next = iterator.next()
  }
}

const within = async <T>(pending: Promise<T>, ms: number): Promise<T | undefined> => {
  const over = new AbortController()
  try {
    return await Promise.race([pending, delay(ms, undefined, { signal: over.signal }).catch(() => undefined)])
  } finally {
    over.abort()
  }
}

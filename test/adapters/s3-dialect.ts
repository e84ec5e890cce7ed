import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'

export interface Received {
  readonly request: IncomingMessage
  readonly body: string
}

export interface Answer {
  readonly status: number
  readonly headers?: Record<string, string>
  readonly body?: string
  /** Never ends, as for a reader who does not take it. */
  readonly isEndless?: boolean
  /** The connection ends behind what is sent. */
  readonly isCut?: boolean
}

/** A store of which only the answers are known; it keeps what it was asked. */
export const startDialect = async (answer: (received: Received) => Answer) => {
  const received: Received[] = []
  const server = createServer(async (request, response) => {
    const entry = { request, body: await text(request) }
    received.push(entry)
    const { status, headers = {}, body = '', isEndless = false, isCut = false } = answer(entry)
    response.writeHead(status, headers).write(body)
    if (isCut && 'content-length' in headers) response.socket?.end()
    else if (!isEndless) response.end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const dispose = async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  return { endpoint: `http://127.0.0.1:${port}`, received, [Symbol.asyncDispose]: dispose }
}

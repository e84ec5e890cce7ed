import { createHmac } from 'node:crypto'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Received {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface Receiver extends AsyncDisposable {
  /** Without a path. */
  readonly url: string
  /** In the order in which they were complete. */
  readonly received: readonly Received[]
}

/** A webhook receiver on this machine. `answer` ends the response, or lets it hang; 200 when absent. */
export const startReceiver = async (
  answer: (received: Received, response: ServerResponse) => void = (_, response) => response.end('thanks'),
): Promise<Receiver> => {
  const received: Received[] = []
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('error', () => undefined)
    request.on('end', () => {
      const one = { path: request.url ?? '', headers: request.headers, body: Buffer.concat(parts).toString() }
      received.push(one)
      answer(one, response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** As a receiver in another language would do it. */
export const isSigned = ({ headers, body }: Received, secret: string): boolean => {
  const [, t = '', v1 = ''] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['telecine-signature'])) ?? []
  const recent = Math.abs(Date.now() / 1000 - Number(t)) < 300
  return recent && createHmac('sha256', secret).update(`${t}.${body}`).digest('hex') === v1
}

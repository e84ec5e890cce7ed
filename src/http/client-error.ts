import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { NewId } from '../core/shared/ids.ts'
import { bodyTooSlow, GatewayError, malformedRequest } from './gateway-error.ts'
import { gatewayBody } from './render-error.ts'

interface ClientError extends Error {
  readonly code?: unknown
}

/** Answers what is not HTTP, too long, or too slow for Node's parser: in the vendor's shape too, then hangs up. */
export const answerClientError =
  (newId: NewId) =>
  (error: ClientError, socket: Socket): void => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy()
      return
    }
    const refusal = refusalOf(error)
    const { headers, body } = answerOf(refusal, newId())
    const head = [
      `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status] ?? 'Request Headers Too Large'}`,
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ]
    socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
  }

/** Answers an `Expect` of anything but 100-continue, which Node keeps from us otherwise. What follows is not read. */
export const answerExpectation =
  (newId: NewId) =>
  (_request: IncomingMessage, response: ServerResponse): void => {
    const refusal = new GatewayError(417, 'APIGW.0201', { message: 'API request error.' })
    const { headers, body } = answerOf(refusal, newId())
    response.writeHead(refusal.status, headers).end(body)
  }

const answerOf = (refusal: GatewayError, requestId: string) => {
  const body = JSON.stringify(gatewayBody(refusal, requestId))
  const headers = {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    'X-Request-Id': requestId,
    Connection: 'close',
  }
  return { headers, body }
}

const refusalOf = ({ code }: ClientError): GatewayError => {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      // The vendor's gateway says 494, which no standard has.
      return new GatewayError(494, 'APIGW.0201', { message: 'Request headers too large.' })
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return bodyTooSlow()
    default:
      return malformedRequest()
  }
}

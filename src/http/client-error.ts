import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { randomId } from '../core/shared/ids.ts'
import { bodyTooSlow, GatewayError, malformedRequest } from './gateway-error.ts'
import { gatewayBody } from './render-error.ts'

interface ClientError extends Error {
  readonly code?: unknown
}

/** Answers what is not HTTP, too long, or too slow for Node's parser: in the vendor's shape too, then hangs up. */
export const answerClientError = (error: ClientError, socket: Socket): void => {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const refusal = refusalOf(error)
  const requestId = randomId()
  const body = JSON.stringify(gatewayBody(refusal, requestId))
  const head = [
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status] ?? 'Request Headers Too Large'}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${requestId}`,
    'Connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
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

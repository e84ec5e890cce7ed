import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { randomId } from '../core/shared/ids.ts'
import { GatewayError, malformedRequest, uriTooLarge } from './gateway-error.ts'
import { gatewayBody } from './render-error.ts'

interface ClientError extends Error {
  readonly code?: unknown
  /** The bytes that the parser failed at. */
  readonly rawPacket?: unknown
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

const refusalOf = ({ code, rawPacket }: ClientError): GatewayError => {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      // Still in the request line: it is the URL that is too long. 494 is what the vendor's gateway says of headers.
      return Buffer.isBuffer(rawPacket) && !rawPacket.includes('\r\n')
        ? uriTooLarge()
        : new GatewayError(494, 'APIGW.0201', { message: 'Request headers too large.' })
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new GatewayError(408, 'APIGW.0201', { message: 'API request error.' })
    default:
      return malformedRequest()
  }
}

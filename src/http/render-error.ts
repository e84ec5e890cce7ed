import type { FastifyReply, FastifyRequest } from 'fastify'
import { DomainError } from '../core/shared/problem.ts'
import { isUnreachable } from '../core/shared/unreachable.ts'
import { toWireError } from '../wire/errors.ts'
import { bodyTooLarge, databaseDown, GatewayError, malformedRequest, uriTooLarge } from './gateway-error.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Status of problems that fix none themselves: the operation's `failureStatus`. */
    failureStatus?: number
  }
}

/** What a half-made answer may have set that would be wrong, or cached, with an error. */
const SUCCESS_HEADERS = ['cache-control', 'etag', 'last-modified', 'accept-ranges', 'content-range', 'content-length']

/** Answers any failure in the vendor's shape. What is no refusal is our fault: logged in full, told without details. */
export const sendError = (thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
  const error = refusalOf(thrown)
  for (const header of SUCCESS_HEADERS) reply.removeHeader(header)
  reply.header('x-request-id', request.id).type('application/json; charset=utf-8')
  if (error instanceof GatewayError) {
    if (error.status === 503) request.log.warn({ err: thrown }, 'request failed for now')
    return reply.code(error.status).headers(error.headers).send(gatewayBody(error, request.id))
  }
  const problem = error?.problem ?? { kind: 'internal' }
  if (problem.kind === 'internal') request.log.error({ err: thrown }, 'request failed')
  const { status, body } = toWireError(problem, request.routeOptions.config.failureStatus ?? 400)
  return reply.code(status).send(body)
}

/** Status and code with which `sendError` answers it. */
export const answerTo = (
  thrown: unknown,
  failureStatus: number,
): { readonly status: number; readonly code: string } => {
  const error = refusalOf(thrown)
  if (error instanceof GatewayError) return error
  const { status, body } = toWireError(error?.problem ?? { kind: 'internal' }, failureStatus)
  return { status, code: body.error_code }
}

/** Gateway errors carry the request id in the body too. */
export const gatewayBody = ({ code, message }: GatewayError, requestId: string) => ({
  error_msg: message,
  error_code: code,
  request_id: requestId,
})

/** `undefined`: a failure of ours. */
const refusalOf = (thrown: unknown): DomainError | GatewayError | undefined => {
  if (thrown instanceof DomainError || thrown instanceof GatewayError) return thrown
  if (isUnreachable(thrown)) return databaseDown(thrown)
  if (!(thrown instanceof Error) || !('code' in thrown)) return undefined
  switch (thrown.code) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new DomainError({ kind: 'wrong_content_type', contentType: '' }, { cause: thrown })
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return bodyTooLarge()
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return uriTooLarge()
    case 'FST_ERR_BAD_URL':
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return malformedRequest(thrown)
    default:
      return undefined
  }
}

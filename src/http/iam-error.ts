import { STATUS_CODES } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { DomainError } from '../core/shared/problem.ts'
import { toWireError } from '../wire/errors.ts'
import { sendError } from './render-error.ts'

/** A refusal by the identity service itself, in that service's own body. */
export class IamError extends Error {
  override readonly name = 'IamError'
  readonly status: 400 | 401 | 429
  readonly headers: Readonly<Record<string, string>>

  constructor(status: IamError['status'], message: string, headers: IamError['headers'] = {}) {
    super(message)
    this.status = status
    this.headers = headers
  }
}

/** `{"error":{"code","message","title"}}`; what the gateway in front refuses keeps the gateway's body. */
export const sendIamError = (thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
  const refusal = refusalOf(thrown)
  if (!refusal) return sendError(thrown, request, reply)
  const { status, message, headers = {} } = refusal
  return reply
    .code(status)
    .headers(headers)
    .send({ error: { code: status, message, title: STATUS_CODES[status] ?? '' } })
}

const refusalOf = (
  thrown: unknown,
): (Pick<IamError, 'message'> & { readonly status: number; readonly headers?: IamError['headers'] }) | undefined => {
  if (thrown instanceof IamError) return thrown
  if (!(thrown instanceof DomainError) || thrown.problem.kind === 'internal') return undefined
  const { status, body } = toWireError(thrown.problem, 400)
  return { status, message: body.error_msg }
}

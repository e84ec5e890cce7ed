import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { AuditTrail } from '../core/audit/ports.ts'
import { isOperator, type Principal } from '../core/auth/principal.ts'
import { type ProjectId, parseProjectId } from '../core/shared/ids.ts'
import { DomainError } from '../core/shared/problem.ts'
import { pathsOf } from '../wire/index.ts'
import type { AnyOperation, Core } from '../wire/operation.ts'
import { readHeaders, splitTarget, type WireRequest } from '../wire/signing/wire-request.ts'
import { audited, type Call } from './audit.ts'
import { EVENT_STREAM_HEADERS, isEventStream, writeEvents } from './event-stream.ts'
import { type RequestReader, requestReader } from './validate.ts'

/** Whose body is still to come. */
export interface UnreadRequest extends Omit<WireRequest, 'body'> {
  readBody(): Promise<Uint8Array>
}

/**
 * Verifies signature or token; throws `GatewayError` when it refuses. Asks for the body last, once all else was in order: who
 * has nothing to show is not to send us megabytes.
 */
export type Authenticate = (request: UnreadRequest, client: { readonly address: string }) => Promise<Principal>

/** Throws `GatewayError` (429) when this call is one too many. */
export type LimitRate = (
  operation: Pick<AnyOperation, 'id' | 'rateLimit'>,
  caller: { readonly projectId: ProjectId; readonly address: string },
) => void

export interface OperationDeps {
  readonly core: Core
  readonly authenticate: Authenticate
  /** Absent: no limits. The vendor's would throttle a bulk import on one's own machine to 25 calls per second. */
  readonly limitRate?: LimitRate
  /** Told of every call of a known caller that may change something, when its outcome is known. */
  readonly trail?: AuditTrail
  /** Known only once the server listens, if no setting says it. */
  readonly publicUrl: () => string
  readonly region: string
}

/**
 * Makes a route of each operation. In this order, so that nobody learns from an error what is not theirs: credentials,
 * project, role, rate, content type and JSON, fields, and then the operation itself.
 */
export const registerOperations = (
  app: FastifyInstance,
  operations: readonly AnyOperation[],
  deps: OperationDeps,
): void => {
  const calls = new WeakMap<FastifyRequest, Call>()
  const { trail } = deps
  const closing = new AbortController()
  // Before the server waits for what is open.
  app.addHook('preClose', async () => closing.abort())
  for (const operation of operations) {
    const reader = requestReader(operation)
    for (const url of pathsOf(operation)) {
      app.route({
        method: operation.method,
        url,
        exposeHeadRoute: false,
        config: { failureStatus: operation.failureStatus },
        onRequest: async (request) => {
          const call: Call = { operation, requestId: request.id, address: request.ip }
          calls.set(request, call)
          await audited({ trail, call, endsIt: false }, () => admit(call, request, deps))
        },
        handler: async (request, reply) => {
          const call = calls.get(request)
          if (!call) throw new Error(`${operation.id} ran without a caller`)
          const answer = await audited({ trail, call, endsIt: true }, () => {
            const signal = AbortSignal.any([closing.signal, goneSignal(reply)])
            return run({ call, reader, deps, signal }, request)
          })
          reply.code(operation.successStatus)
          if (isEventStream(answer)) {
            return reply.headers(EVENT_STREAM_HEADERS).send(Readable.from(writeEvents(answer)))
          }
          // Never JSON null: the vendor's Node SDK fails on it.
          return operation.successStatus === 204 ? reply.send() : reply.send(answer ?? {})
        },
      })
    }
  }
}

const admit = async (call: Call, request: FastifyRequest, deps: OperationDeps): Promise<void> => {
  const { operation, address } = call
  call.principal = await deps.authenticate(toUnreadRequest(request), { address })
  const projectId = projectOf(request.params, call.principal)
  if (!projectId) throw new DomainError({ kind: 'project_mismatch' })
  call.projectId = projectId
  if (operation.access === 'operator' && !isOperator(call.principal)) throw new DomainError({ kind: 'forbidden' })
  deps.limitRate?.(operation, { projectId, address })
}

export const toUnreadRequest = (request: FastifyRequest): UnreadRequest => ({
  method: request.raw.method ?? '',
  target: request.raw.url ?? '',
  headers: readHeaders(request.raw.rawHeaders),
  readBody: () => request.readBody('claimant'),
})

/** The path's project if the caller may use it; a token is good for its own project only, one of domain scope for none. */
const projectOf = (params: unknown, { via, tokenProject, projects }: Principal): ProjectId | undefined => {
  const { project_id: text } = params as { readonly project_id?: string }
  const projectId = parseProjectId(text ?? '')
  const usable = via === 'token' ? tokenProject === projectId : projects.some((project) => project === projectId)
  return usable ? projectId : undefined
}

const goneSignal = (reply: FastifyReply): AbortSignal => {
  const gone = new AbortController()
  reply.raw.once('close', () => gone.abort())
  if (reply.raw.closed) gone.abort()
  return gone.signal
}

interface Run {
  readonly call: Call
  readonly reader: RequestReader
  readonly deps: OperationDeps
  readonly signal: AbortSignal
}

const run = async ({ call, reader, deps, signal }: Run, request: FastifyRequest): Promise<unknown> => {
  const { operation, principal, projectId } = call
  if (!principal || !projectId) throw new Error(`${operation.id} ran without a caller`)
  const { core, publicUrl, region } = deps
  const contentType = request.headers['content-type']
  const checked = {
    // Before the query: a body that is no JSON at all is the bigger mistake.
    body: reader.body(await request.readBody('claimant'), contentType),
    query: reader.query(splitTarget(request.raw.url ?? '').query, request.params as Readonly<Record<string, string>>),
  }
  call.input = [checked.query, checked.body]
  // The reader checked both against the very schemas that the handler's types come from.
  return operation.handle(checked as never, { core, principal, projectId, publicUrl: publicUrl(), region, signal })
}

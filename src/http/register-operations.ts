import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isOperator, type Principal } from '../core/auth/principal.ts'
import { type ProjectId, parseProjectId } from '../core/shared/ids.ts'
import { DomainError } from '../core/shared/problem.ts'
import { pathsOf } from '../wire/index.ts'
import type { AnyOperation, Core } from '../wire/operation.ts'
import { readHeaders, splitTarget, type WireRequest } from '../wire/signing/wire-request.ts'
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
  /** Known only once the server listens, if no setting says it. */
  readonly publicUrl: () => string
  readonly region: string
}

interface Caller {
  readonly principal: Principal
  readonly projectId: ProjectId
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
  const callers = new WeakMap<FastifyRequest, Caller>()
  for (const operation of operations) {
    const reader = requestReader(operation)
    for (const url of pathsOf(operation)) {
      app.route({
        method: operation.method,
        url,
        exposeHeadRoute: false,
        config: { failureStatus: operation.failureStatus },
        onRequest: async (request) => {
          callers.set(request, await admit(operation, request, deps))
        },
        handler: (request, reply) => run({ operation, reader, deps, caller: callers.get(request) }, request, reply),
      })
    }
  }
}

const admit = async (operation: AnyOperation, request: FastifyRequest, deps: OperationDeps): Promise<Caller> => {
  const client = { address: request.ip }
  const principal = await deps.authenticate(toUnreadRequest(request), client)
  const projectId = projectOf(request.params, principal)
  if (!projectId) throw new DomainError({ kind: 'project_mismatch' })
  if (operation.access === 'operator' && !isOperator(principal)) throw new DomainError({ kind: 'forbidden' })
  deps.limitRate?.(operation, { projectId, ...client })
  return { principal, projectId }
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

interface Run {
  readonly operation: AnyOperation
  readonly reader: RequestReader
  readonly deps: OperationDeps
  readonly caller: Caller | undefined
}

const run = async ({ operation, reader, deps, caller }: Run, request: FastifyRequest, reply: FastifyReply) => {
  if (!caller) throw new Error(`${operation.id} ran without a caller`)
  const { core, publicUrl, region } = deps
  const contentType = request.headers['content-type']
  const checked = {
    // Before the query: a body that is no JSON at all is the bigger mistake.
    body: reader.body(await request.readBody('claimant'), contentType),
    query: reader.query(splitTarget(request.raw.url ?? '').query),
  }
  // The reader checked both against the very schemas that the handler's types come from.
  const answer = await operation.handle(checked as never, { core, ...caller, publicUrl: publicUrl(), region })
  reply.code(operation.successStatus)
  // Never JSON null: the vendor's Node SDK fails on it.
  return operation.successStatus === 204 ? reply.send() : reply.send(answer ?? {})
}

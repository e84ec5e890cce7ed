import Type, { type Static, type TSchema } from 'typebox'
import type { AuditUseCases } from '../core/audit/use-cases.ts'
import type { Principal } from '../core/auth/principal.ts'
import type { AuthUseCases } from '../core/auth/use-cases.ts'
import type { CatalogUseCases } from '../core/catalog/use-cases.ts'
import type { EdgeUseCases } from '../core/delivery/edge-use-cases.ts'
import type { EncryptionUseCases } from '../core/delivery/encryption-use-cases.ts'
import type { SourceSwitch } from '../core/delivery/source-switch.ts'
import type { IngestUseCases } from '../core/ingest/use-cases.ts'
import type { NotificationUseCases } from '../core/notifications/use-cases.ts'
import type { ProcessingUseCases } from '../core/processing/use-cases.ts'
import type { ProgressUseCases } from '../core/progress/use-cases.ts'
import type { RetentionUseCases } from '../core/retention/use-cases.ts'
import type { ReviewUseCases } from '../core/review/use-cases.ts'
import type { ProjectId } from '../core/shared/ids.ts'
import type { TemplateUseCases } from '../core/templates/use-cases.ts'

/** Everything that an operation may ask of the product. */
export interface Core {
  readonly auth: AuthUseCases
  readonly catalog: CatalogUseCases
  readonly ingest: IngestUseCases
  readonly processing: ProcessingUseCases
  readonly templates: TemplateUseCases
  readonly review: ReviewUseCases
  readonly encryption: EncryptionUseCases
  readonly notifications: NotificationUseCases
  readonly edges: EdgeUseCases
  readonly retention: RetentionUseCases
  readonly sourceSwitch: SourceSwitch
  readonly audit: AuditUseCases
  readonly progress: ProgressUseCases
}

export interface OperationContext {
  readonly core: Core
  readonly principal: Principal
  /** The project of the path, already compared with the credential's. */
  readonly projectId: ProjectId
  /** Base of every URL that an answer holds, without trailing slash. */
  readonly publicUrl: string
  readonly region: string
  /** Fires when the caller is gone, or the server drains: the end of every stream. */
  readonly signal: AbortSignal
}

/** Query parameters (those of the path among them) and bodies after `http` dropped what counts as "not set" and turned numeric strings into numbers (x-wire). */
export interface OperationRequest<Query extends TSchema, Body extends TSchema> {
  readonly query: Static<Query>
  readonly body: Static<Body>
}

/**
 * One HTTP operation: the single source of its route, checks, OpenAPI entry and line in `docs/api-coverage.md`.
 * Failures are thrown as `DomainError`; their status is `failureStatus` unless the problem fixes its own (`wire/errors.ts`).
 */
export interface Operation<
  Query extends TSchema = TSchema,
  Body extends TSchema = TSchema,
  Reply extends TSchema = TSchema,
> {
  /** The vendor's operation id; the file is its kebab-case. */
  readonly id: string
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Fastify's form, e.g. `/v1.0/:project_id/asset/details`. What it names beside the project are members of `query`. */
  readonly path: string
  readonly summary: string
  readonly group: string
  /** Array members accept repeated keys, commas, and mixtures. */
  readonly query?: Query
  readonly body?: Body
  /** Absent: no body (204). */
  readonly reply?: Reply
  readonly successStatus: 200 | 201 | 202 | 204
  readonly failureStatus: 400 | 403
  /** `operator`: only users with that role. Default: any member of the path's project. */
  readonly access?: 'member' | 'operator'
  /** Calls per minute, of one project and of all: only where a call lets guess a secret (docs/decisions/0010). */
  readonly rateLimit?: readonly [number, number]
  /** What is accepted but has no effect yet, one sentence per field. */
  readonly gaps: readonly string[]
  handle(request: OperationRequest<Query, Body>, context: OperationContext): Promise<Static<Reply>>
}

/** An operation of any shape, as the router and the generators see it. */
export type AnyOperation = Omit<Operation, 'handle'> & {
  handle(request: { readonly query: never; readonly body: never }, context: OperationContext): Promise<unknown>
}

/** Ties the handler's types to the schemas. */
export const defineOperation = <Query extends TSchema, Body extends TSchema, Reply extends TSchema>(
  operation: Operation<Query, Body, Reply>,
): Operation<Query, Body, Reply> => operation

export interface ServerSentEvent<Data = unknown> {
  readonly event: string
  readonly data: Data
}

/** The reply of an operation that answers with a stream of server-sent events, each with such data. */
export const eventsOf = <Data extends TSchema>(data: Data) =>
  Type.Unsafe<AsyncIterable<ServerSentEvent<Static<Data>>>>({ ...data, contentMediaType: 'text/event-stream' })

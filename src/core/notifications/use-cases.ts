import type { ProjectId } from '../shared/ids.ts'
import type { Endpoint, EndpointFormat } from './endpoint.ts'
import type { EventKind } from './event.ts'
import type { DeliveryPage, DeliveryRange, PostOutcome } from './ports.ts'

/** What other layers may ask of notifications. All but the first two throw `not_found` for an endpoint that the project does not have. */
export interface NotificationUseCases {
  /** The answer is the only place where the secret is ever shown. Throws `invalid_field`, `conflict` when there are too many. */
  addEndpoint(
    projectId: ProjectId,
    wish: EndpointWish,
  ): Promise<{ readonly endpoint: Endpoint; readonly secret: string }>
  listEndpoints(projectId: ProjectId): Promise<readonly Endpoint[]>
  removeEndpoint(projectId: ProjectId, id: string): Promise<void>
  /** Sends an event of the kind `test` now, once, beside the queue. */
  testEndpoint(projectId: ProjectId, id: string): Promise<TestOutcome>
  listDeliveries(projectId: ProjectId, id: string, range: DeliveryRange): Promise<DeliveryPage>
  /** Answers how many are queued again. */
  replay(projectId: ProjectId, id: string, what: Replay): Promise<number>
}

export interface EndpointWish {
  readonly url: string
  readonly format: EndpointFormat
  readonly events?: readonly EventKind[]
}

export interface TestOutcome {
  readonly accepted: boolean
  readonly durationMs: number
  readonly outcome: PostOutcome
}

/** One delivery, or all that died since a time. */
export type Replay = { readonly deliveryId: number } | { readonly deadSince: Date }

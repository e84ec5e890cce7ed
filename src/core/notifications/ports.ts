import type { AssetId, ProjectId } from '../shared/ids.ts'
import type { Delivery, DeliveryState, NextTry } from './delivery.ts'
import type { Endpoint } from './endpoint.ts'
import type { AssetEvent } from './event.ts'

/** Secrets of endpoints: the master key stays behind this port. */
export interface EndpointSecrets {
  /** A fresh one for the endpoint, in clear for its owner and sealed for the database. */
  make(endpointId: string): { readonly secret: string; readonly sealed: Uint8Array }
  /** `undefined` for what was sealed for another endpoint, or under another master key. */
  open(sealed: Uint8Array, endpointId: string): string | undefined
}

export interface SealedEndpoint extends Endpoint {
  readonly secretSealed: Uint8Array
}

export interface EndpointStore {
  /** `too_many`: the project has `MAX_ENDPOINTS` already. */
  insertEndpoint(endpoint: SealedEndpoint): Promise<'inserted' | 'too_many'>
  /** Of a project, oldest first. */
  endpoints(projectId: ProjectId): Promise<readonly Endpoint[]>
  endpoint(projectId: ProjectId, id: string): Promise<SealedEndpoint | undefined>
  /** With its deliveries. */
  removeEndpoint(projectId: ProjectId, id: string): Promise<'removed' | 'absent'>
}

/** The log of what was, is and will be sent to an endpoint. */
export interface DeliveryLog {
  /** Newest first. */
  deliveries(endpointId: string, range: DeliveryRange): Promise<DeliveryPage>
  /** Queues what was settled again, and makes what still waits due now. */
  replay(endpointId: string, deliveryId: number): Promise<'queued' | 'absent'>
  /** Queues again whatever died since then; answers how many. */
  replayDead(endpointId: string, since: Date): Promise<number>
}

export interface DeliveryRange {
  readonly state?: DeliveryState
  readonly offset: number
  readonly limit: number
}

export interface DeliveryPage {
  readonly deliveries: readonly Delivery[]
  readonly total: number
}

/** The right to send the first waiting event of an asset to an endpoint, until it is settled or its lease is over. */
export interface LaneClaim {
  readonly endpointId: string
  readonly assetId: AssetId
  /** Grows with every claim. */
  readonly claim: number
}

export interface ClaimedDelivery extends LaneClaim {
  readonly deliveryId: number
  readonly queuedAt: Date
  /** Before this one. */
  readonly tries: number
  readonly endpoint: SealedEndpoint
  readonly event: AssetEvent
}

export type Try =
  | { readonly state: 'delivered'; readonly status: number }
  | (NextTry & { readonly status?: number; readonly error: string })

export interface DeliveryQueue {
  /**
   * Claims what is due. Nobody else gets the same before the lease is over, and never two events of one asset for one endpoint at
   * once. `busy`: how many the caller sends to which endpoint already; no endpoint gets more than `perEndpoint`.
   */
  claim(wanted: ClaimWish): Promise<readonly ClaimedDelivery[]>
  /** Writes how a try ended. `lost`: the lease was over and somebody else has claimed it; nothing is written. */
  settle(claimed: ClaimedDelivery, end: Try): Promise<'settled' | 'lost'>
  /** Forgets up to 1,000 events that are older; those that still wait somewhere stay. */
  purge(before: Date): Promise<'more' | 'done'>
}

export interface ClaimWish {
  readonly most: number
  readonly perEndpoint: number
  readonly busy: ReadonlyMap<string, number>
  readonly leaseSeconds: number
}

/** What a receiver answered, or why nobody did. */
export type PostOutcome =
  | { readonly type: 'answered'; readonly status: number; readonly text: string }
  | { readonly type: 'unanswered'; readonly reason: string }

/** Calls addresses of strangers: only those that everybody may reach, following no redirects, and no longer than some seconds. */
export type Post = (request: PostRequest) => Promise<PostOutcome>

export interface PostRequest {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Ends the call before its time is over. */
  readonly signal?: AbortSignal
}

/** Why an address may not be called, as the end of a sentence that begins with it; `undefined`: it may. */
export type CheckAddress = (url: string) => Promise<string | undefined>

/** How events are put on the wire. */
export interface Messages {
  /** The event as receivers know it: JSON text. */
  eventText(event: AssetEvent): string
  testText(endpoint: Endpoint): string
  /** The body for an endpoint. */
  body(message: Message, endpoint: Endpoint): string
}

export interface Message {
  readonly id: string
  readonly at: Date
  readonly subject: string
  readonly text: string
}

import type { AssetId, ProjectId } from '../shared/ids.ts'

/** The edge caches as they are reached over HTTP. Paths begin with a slash. */
export interface EdgeCaches {
  /** Base URLs; none: there are no edges. */
  readonly edges: readonly string[]
  /** Reads what viewers would get there, and drops it. Tries again a few times before it says that there is no answer. */
  pull(edge: string, request: PullRequest, signal: AbortSignal): Promise<Pulled>
  /** `undefined`: the edge holds no copy any more. */
  purge(edge: string, path: string, signal: AbortSignal): Promise<PurgeFailure | undefined>
}

export interface PullRequest {
  readonly path: string
  /** Only so many bytes from the beginning; an edge still keeps the whole, or the part that it cuts files into. */
  readonly beginningBytes?: number
  /** Whether the answer is wanted: a playlist. */
  readonly keepText: boolean
}

export type Pulled =
  | { readonly type: 'answered'; readonly status: number; readonly text: string }
  /** `reason` completes "the edge ...". */
  | { readonly type: 'unanswered'; readonly reason: string }

export interface PurgeFailure {
  /** Completes "the edge ...". */
  readonly reason: string
  /** Any other path would fail in the same way. */
  readonly isLasting: boolean
}

export const EDGE_KINDS = ['preheat', 'refresh'] as const
export type EdgeKind = (typeof EDGE_KINDS)[number]

/** One URL of a task. */
export interface EdgeItem {
  readonly assetId: AssetId
  /** Below the asset, percent-encoded. */
  readonly path: string
  /** Scheme and host as the caller named them; absent: ours. */
  readonly origin?: string
}

export type EdgeOutcome =
  | { readonly state: 'succeeded' }
  /** `reason` names edge and cause. */
  | { readonly state: 'failed'; readonly reason: string }

export interface EdgeItemState extends EdgeItem {
  readonly state: 'processing' | EdgeOutcome['state']
}

export interface EdgeTask {
  readonly id: string
  readonly projectId: ProjectId
  readonly kind: EdgeKind
  readonly items: readonly EdgeItem[]
}

/** What calls asked of the edges. */
export interface EdgeTasks {
  /** Task, work and quota commit together; refused, nothing is counted. */
  add(task: EdgeTask, perDay: number): Promise<'added' | 'over_quota'>
  /** `undefined`: this project has no such task of this kind. */
  items(projectId: ProjectId, kind: EdgeKind, id: string): Promise<readonly EdgeItemState[] | undefined>
  /** What is still to be done of a task; empty when it is gone. */
  open(
    id: string,
  ): Promise<{ readonly kind: EdgeKind; readonly items: readonly (EdgeItem & { readonly index: number })[] }>
  /** Only of what is not settled: the second of two tries changes nothing. */
  settle(id: string, index: number, outcome: EdgeOutcome): Promise<void>
}

/** The part of it that commits with the work. */
export interface EdgeTx {
  /** Whatever is not settled has failed. */
  failOpenItems(id: string, reason: string): Promise<void>
}

import type { AssetId, ProjectId } from '../shared/ids.ts'
import type { EdgeItemState, EdgeKind } from './edge-ports.ts'

/** What a call names: assets, and public URLs of assets. */
export interface EdgeOrder {
  readonly assetIds: readonly string[]
  readonly urls: readonly string[]
  /** Base of our own URLs; a URL may as well begin with an edge's. */
  readonly publicUrl: string
}

/** What other layers may ask about edge caches. Throws `DomainError` as each use case says in its own file. */
export interface EdgeUseCases {
  preheat(projectId: ProjectId, order: EdgeOrder): Promise<string>
  refresh(projectId: ProjectId, order: EdgeOrder): Promise<string>
  /** Throws `edge_task_not_found`. */
  showEdgeTask(projectId: ProjectId, kind: EdgeKind, id: string): Promise<readonly EdgeItemState[]>
}

/** A URL of ours, taken apart. */
export interface PublicUrl {
  readonly origin: string
  readonly assetId: AssetId
  /** Percent-encoded. */
  readonly path: string
}

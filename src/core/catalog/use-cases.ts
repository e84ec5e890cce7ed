import type { ProjectId } from '../shared/ids.ts'
import type { Asset } from './asset.ts'
import type { CategoryUseCases } from './category-use-cases.ts'
import type { AssetFilter, AssetPage, AssetPatch, Page } from './ports.ts'
import type { Rendition } from './rendition.ts'
import type { ReviewReport } from './review.ts'
import type { WorkflowRunView } from './show-workflow-run.ts'
import type { SnapshotTask } from './snapshots.ts'

/** An asset with what belongs to it, as answers need it. */
export interface AssetView {
  readonly asset: Asset
  readonly renditions: readonly Rendition[]
  /** `undefined` stands for the built-in "Other". */
  readonly categoryName?: string
}

export interface AssetViewPage extends Pick<AssetPage, 'total' | 'more'> {
  readonly views: readonly AssetView[]
}

/** One id of a batch call, in the order asked for. */
export type BatchEntry =
  | { readonly id: string; readonly outcome: 'done'; readonly view: AssetView }
  | { readonly id: string; readonly outcome: 'not_ready' | 'blocked'; readonly view: AssetView }
  | { readonly id: string; readonly outcome: 'unknown' }

export interface DeleteEntry {
  readonly id: string
  readonly outcome: 'deleted' | 'busy' | 'unknown' | 'no_outputs' | 'not_ours'
}

/** A snapshot task with its asset and the seconds of which there are pictures; none unless it has succeeded. */
export interface SnapshotTaskView {
  readonly asset: Asset
  readonly task: SnapshotTask
  readonly offsets: readonly number[]
}

export interface DeletedSnapshots {
  readonly task: string
  readonly outcome: 'deleted' | 'busy' | 'unknown'
}

/** One piece of durable work and how it stands; what reports progress need not be finished. */
export interface AssetWork {
  readonly kind: string
  readonly state: string
  /** Share done, 0..1. */
  readonly progress: number
  readonly attempt: number
  /** Why the last try failed. */
  readonly reason?: string
}

/** What other layers may ask of the catalog. Throws `DomainError` as each use case says in its own file. */
export interface CatalogUseCases extends CategoryUseCases {
  showAsset(projectId: ProjectId, id: string): Promise<AssetView>
  listAssets(projectId: ProjectId, filter: AssetFilter, page: Page): Promise<AssetViewPage>
  updateAsset(projectId: ProjectId, id: string, patch: AssetPatch): Promise<void>
  publishAssets(projectId: ProjectId, ids: readonly string[]): Promise<readonly BatchEntry[]>
  unpublishAssets(projectId: ProjectId, ids: readonly string[]): Promise<readonly BatchEntry[]>
  deleteAssets(
    projectId: ProjectId,
    ids: readonly string[],
    scope: 'everything' | 'source',
  ): Promise<readonly DeleteEntry[]>
  listSnapshotTasks(
    projectId: ProjectId,
    filter: { readonly assetId?: string; readonly task?: string },
    range: { readonly offset: number; readonly limit: number },
  ): Promise<{ readonly tasks: readonly SnapshotTaskView[]; readonly total: number }>
  showSnapshotTask(projectId: ProjectId, task: string): Promise<SnapshotTaskView>
  deleteSnapshots(projectId: ProjectId, assetId: string, tasks: readonly string[]): Promise<readonly DeletedSnapshots[]>
  coverFromSnapshot(projectId: ProjectId, assetId: string, offset: number): Promise<void>
  /** What its last review found. */
  reviewReport(asset: Asset): Promise<ReviewReport | undefined>
  showWorkflowRun(projectId: ProjectId, id: string): Promise<WorkflowRunView>
  cancelWork(projectId: ProjectId, id: string): Promise<AssetView>
  /** The asset's durable work, oldest first. */
  workOf(asset: Asset): Promise<readonly AssetWork[]>
  /** A temporary address of the source in the object store; empty while there is none. */
  signedSourceUrl(asset: Asset): Promise<string>
}

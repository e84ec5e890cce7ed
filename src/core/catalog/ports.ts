import type { AssetId, ProjectId } from '../shared/ids.ts'
import type { AdoptedFile } from './adopted-file.ts'
import type { Asset, AssetSource, Ingest, NextTranscode, RetiredRun, Transcode } from './asset.ts'
import type { AssetEncryption } from './encryption.ts'
import type { AssetFact } from './fact.ts'
import type { SourceMedia } from './media.ts'
import type { Preview } from './preview.ts'
import type { Rendition } from './rendition.ts'
import type { Review, ReviewReport } from './review.ts'
import type { Snapshots } from './snapshots.ts'
import type { Subtitles } from './subtitles.ts'
import type { TranscodeSettings } from './transcode-settings.ts'
import type { WorkflowRun } from './workflow-run.ts'

/** What may change about an asset. `undefined` members stay as they are; `null` clears. */
export interface AssetPatch {
  readonly title?: string
  readonly description?: string | null
  readonly categoryId?: number | null
  readonly tags?: readonly string[]
  readonly ingest?: Ingest
  readonly published?: boolean
  readonly templateGroup?: string
  readonly templateGroupId?: string
  readonly transcodeSettings?: TranscodeSettings
  readonly transcode?: Transcode
  readonly nextTranscode?: NextTranscode | null
  readonly index?: string | null
  readonly retired?: readonly RetiredRun[]
  readonly preview?: Preview | null
  readonly source?: AssetSource
  readonly media?: SourceMedia
  readonly snapshots?: Snapshots
  readonly review?: Review | null
  readonly cover?: string
  readonly storyboardSheets?: number
  readonly publishWhenReady?: boolean
  readonly sourceRemoved?: boolean
  readonly expiresAt?: Date | null
  /** As a whole. */
  readonly encryption?: AssetEncryption
  /** As a whole. */
  readonly subtitles?: Subtitles
  /** As a whole. */
  readonly workflow?: WorkflowRun
}

/** The write side of the catalog, inside one transaction. */
export interface CatalogTx {
  /**
   * What its project says of retention holds for it from now on.
   * Throws `storage_full` where its source does not fit into the project's quota, `bucket_not_authorized` when its output bucket was taken back
   * meanwhile, `category_not_found` and `watermark_not_found` likewise.
   */
  insertAsset(asset: Asset): Promise<void>
  /**
   * Keeps the project's category from being deleted until the transaction ends; `false` when there is none. To be called
   * before `lockAsset`: whoever deletes a category locks it before its assets, too, so that neither waits for the other.
   */
  lockCategory(projectId: ProjectId, id: number): Promise<boolean>
  /** Locks the row until the transaction ends; `undefined` when there is none. */
  lockAsset(id: AssetId): Promise<Asset | undefined>
  /** Throws `storage_full` where the project's quota has no room for anything more. */
  requireRoom(projectId: ProjectId): Promise<void>
  /** Kinds of the asset's work that waits or runs. */
  openWork(id: AssetId): Promise<readonly string[]>
  /** Locks the audio assets, by id, that are to be taken out of this one and are not there yet. */
  lockPendingExtractions(from: AssetId): Promise<readonly Asset[]>
  /** Those of an asset that is locked, the best first. */
  renditions(id: AssetId): Promise<readonly Rendition[]>
  /** Sets `modifiedAt` too. Throws `watermark_not_found` for a next transcode as `insertAsset` does. */
  updateAsset(id: AssetId, patch: AssetPatch): Promise<void>
  /** Replaces all adopted files of the asset by these. */
  replaceAdoptedFiles(id: AssetId, files: readonly AdoptedFile[]): Promise<void>
  /** Of the asset's last review that ended well; `undefined`: there is none any more. */
  replaceReviewReport(id: AssetId, report: ReviewReport | undefined): Promise<void>
  /** Replaces all renditions of the asset by these. */
  replaceRenditions(id: AssetId, renditions: readonly Rendition[]): Promise<void>
  /**
   * Says that something happened to the asset. Inside this transaction the facts are loaded, `lifecycle/decide` answers
   * what follows, and its steps are started: state and work commit together or not at all.
   */
  record(id: AssetId, fact: AssetFact): Promise<void>
}

/** The read side. A reader cannot write. */
export interface CatalogReader {
  /** Of this project only; another project's asset does not exist for the caller. Deleted ones are answered. */
  asset(projectId: ProjectId, id: AssetId): Promise<Asset | undefined>
  /** Whatever its project: for tasks and delivery, which act on an id that the product itself handed out. */
  assetById(id: AssetId): Promise<Asset | undefined>
  renditions(ids: readonly AssetId[]): Promise<ReadonlyMap<AssetId, readonly Rendition[]>>
  /** A file of an HLS stream that stays with the tenant. */
  adoptedFile(id: AssetId, path: string): Promise<AdoptedFile | undefined>
  /** All of them, in no order. */
  adoptedFiles(id: AssetId): Promise<readonly AdoptedFile[]>
  reviewReport(id: AssetId): Promise<ReviewReport | undefined>
  /** Name per category id; ids that do not exist (any more) are absent. */
  categoryNames(projectId: ProjectId, ids: readonly number[]): Promise<ReadonlyMap<number, string>>
  listAssets(projectId: ProjectId, filter: AssetFilter, page: Page): Promise<AssetPage>
  /** Assets that have a snapshot task, in whatever state, newest first; deleted ones are left out. */
  withSnapshots(
    projectId: ProjectId,
    filter: SnapshotFilter,
    range: { readonly offset: number; readonly limit: number },
  ): Promise<Pick<AssetPage, 'assets' | 'total'>>
}

/** AND between members; absent members do not filter. */
export interface SnapshotFilter {
  readonly assetId?: AssetId
  readonly task?: string
}

export interface Page {
  /** From 0. */
  readonly page: number
  readonly size: number
  readonly order: 'asc' | 'desc'
}

/** OR within a member, AND between members; absent members do not filter. Deleted assets only match by id. */
export interface AssetFilter {
  /** Overrides all other members. */
  readonly ids?: readonly AssetId[]
  readonly states?: readonly AssetStateFilter[]
  /** A second and third group of states, for callers that combine them with AND. */
  readonly transcodeStates?: readonly Transcode['state'][]
  readonly publication?: readonly ('published' | 'unpublished')[]
  readonly createdFrom?: Date
  readonly createdTo?: Date
  /** `null`: the built-in category "Other". */
  readonly categoryId?: number | null
  /** All of these. */
  readonly tags?: readonly string[]
  /** Substring of title, description or (when `searchCategory`) category name; case-insensitive. */
  readonly text?: string
  readonly searchCategory?: boolean
  readonly videoTypes?: readonly string[]
}

/** One alternative of a state filter; each names a condition on the four state machines. */
export type AssetStateFilter =
  | 'creating'
  | 'failed'
  | 'created'
  | 'published'
  | 'deleted'
  | `transcode_${Transcode['state']}`
  | `snapshots_${Snapshots['state']}`
  | `review_${Review['state'] | 'none'}`
  /** In place, not published, and this transcode state. */
  | `unpublished_${Transcode['state']}`
  /** Nothing matches: a state of a machine whose work does not exist yet. */
  | 'never'
  | 'always'

export interface AssetPage {
  readonly assets: readonly Asset[]
  /** All matches, capped at 20,000. */
  readonly total: number
  /** Whether matches follow after this page, also past the cap. */
  readonly more: boolean
}

/** A database that runs work in one transaction. Commits when the promise resolves, rolls back when it rejects. */
export interface Transactions<Tx> {
  write<T>(work: (tx: Tx) => Promise<T>): Promise<T>
}

import type { Asset } from '../catalog/asset.ts'
import type { MarkPicture } from '../catalog/mark.ts'
import type { Rendition } from '../catalog/rendition.ts'
import type { AssetId, ProjectId } from '../shared/ids.ts'

/** What the tables say of one asset, all of one moment. */
export interface AssetRecord {
  readonly asset: Asset
  readonly renditions: readonly Rendition[]
  /** Kinds of its work that waits or runs. */
  readonly openWork: readonly string[]
}

/** In the order in which a bucket lists their folders. */
export interface AssetPlace {
  readonly projectId: ProjectId
  readonly id: AssetId
}

export interface AuditedMark {
  readonly projectId: ProjectId
  readonly watermarkId: string
  readonly picture: MarkPicture
}

export interface AuditReader {
  /** Those that follow this one; without deleted and failed assets, whose records promise nothing. */
  placesAfter(after: AssetPlace | undefined, limit: number): Promise<readonly AssetPlace[]>
  record(id: AssetId): Promise<AssetRecord | undefined>
  /** Also of an asset that is gone together with its project. */
  openWork(id: AssetId): Promise<readonly string[]>
  /** Also of a deleted one whose pictures are still needed. */
  hasWatermark(id: string): Promise<boolean>
  /** Pictures of all confirmed watermarks: a project has a bounded number of them. */
  marks(): Promise<readonly AuditedMark[]>
}

import type { OutputPlace, StoredOptions } from '../catalog/asset.ts'
import type { SnapshotSettings } from '../catalog/snapshots.ts'
import type { AssetId, ProjectId } from '../shared/ids.ts'

/** A checked request to make an asset of an object that already lies in a bucket. */
export interface ImportAsset {
  readonly projectId: ProjectId
  readonly title: string
  readonly description?: string
  readonly categoryId?: number
  readonly tags: readonly string[]
  readonly videoType: string
  readonly source: { readonly bucket: string; readonly key: string; readonly location: string }
  /** Storage mode 1. */
  readonly output?: OutputPlace
  readonly publishWhenReady: boolean
  readonly templateGroup?: string
  /** Ignored beside a template group. */
  readonly workflowName?: string
  /** Encrypt the HLS outputs, also where the template group does not say so. */
  readonly encrypt: boolean
  readonly snapshots?: SnapshotSettings
  readonly reviewTemplateId?: string
  readonly options: StoredOptions
}

export interface IngestUseCases {
  importAsset(command: ImportAsset): Promise<AssetId>
}

import type { Storage } from '../catalog/storage.ts'
import type { AssetId, ProjectId } from '../shared/ids.ts'

/** What holds for assets that are made from now on; everything is off by default. */
export interface RetentionSettings {
  /** Whether our copy of a source goes once its transcode has succeeded and nothing else needs it. */
  readonly deleteSource: boolean
  /** After how many days an asset goes; absent: never by itself. */
  readonly expireAfterDays?: number
}

export interface RetentionPatch {
  readonly deleteSource?: boolean
  /** `null`: never. */
  readonly expireAfterDays?: number | null
}

/** What a project says about storage. Every method is one statement. */
export interface RetentionStore {
  storage(projectId: ProjectId): Promise<Storage>
  /** `undefined`: no limit. */
  setQuota(projectName: string, quotaBytes: number | undefined): Promise<'set' | 'absent'>
  settings(projectId: ProjectId): Promise<RetentionSettings>
  changeSettings(projectId: ProjectId, patch: RetentionPatch): Promise<void>
}

export interface DueAsset {
  readonly id: AssetId
  /** Of millisecond precision. */
  readonly expiresAt: Date
}

export interface ExpiryReader {
  /** Assets that are not deleted and expire until then, by date and id, after this one. */
  due(until: Date, page: { readonly limit: number; readonly after?: DueAsset }): Promise<readonly DueAsset[]>
}

import type { Storage } from '../catalog/storage.ts'
import type { ProjectId } from '../shared/ids.ts'
import type { RetentionPatch, RetentionSettings } from './ports.ts'

/** What other layers may ask of quotas and expiry. Throws `DomainError` as each use case says in its own file. */
export interface RetentionUseCases {
  showStorage(projectId: ProjectId): Promise<Storage>
  /** For operators. `undefined`: no limit. Throws `not_found`. */
  setQuota(projectName: string, quotaBytes: number | undefined): Promise<void>
  /** `undefined`: it never goes by itself. */
  changeExpiry(projectId: ProjectId, id: string, expiresAt: Date | undefined): Promise<void>
  showSettings(projectId: ProjectId): Promise<RetentionSettings>
  /** `undefined` members stay as they are. */
  changeSettings(projectId: ProjectId, patch: RetentionPatch): Promise<void>
}

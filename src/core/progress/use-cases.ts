import type { AssetId, ProjectId } from '../shared/ids.ts'
import type { ViewerProgress } from './for-viewers.ts'
import type { Progress } from './progress.ts'

/** What is answered may be a second old: it is looked up once for all who ask. */
export interface ProgressUseCases {
  /** Throws `asset_not_found` for an id that this project never had, `asset_deleted` for a tombstone. */
  show(projectId: ProjectId, id: string): Promise<Progress>
  /**
   * How it stands now, and then each change, at most one per second. Ends after what is final, when the signal fires, and after a
   * while, so that who follows has to show again that they may. Throws as `show` does, and `too_many_streams`.
   */
  follow(projectId: ProjectId, id: string, signal: AbortSignal): Promise<AsyncIterable<Progress>>
  /** Of any project's asset; `undefined`: there is none. */
  forViewers(id: AssetId): Promise<ViewerProgress | undefined>
}

import type { MarkPicture, MarkPlacement } from '../catalog/mark.ts'
import type { ProjectId } from '../shared/ids.ts'
import type { ConfirmedWatermark, Watermark } from './watermark.ts'

/** The watermarks of all projects. Only the project's own exist for a call; each call is a transaction. Deleted ones are found by `releasable` alone. */
export interface WatermarkStore {
  /** Newest first. With ids these alone, whatever the page. */
  watermarks(projectId: ProjectId, filter: WatermarkFilter): Promise<WatermarkPage>
  watermark(projectId: ProjectId, id: string): Promise<Watermark | undefined>
  /** The confirmed default ones, the oldest first. */
  defaultWatermarks(projectId: ProjectId): Promise<readonly ConfirmedWatermark[]>
  /** Throws `watermark_exists` when the name is taken, `too_many_watermarks` when there are `most` already. */
  insertWatermark(projectId: ProjectId, watermark: Watermark, most: number): Promise<void>
  /** `change` sees the row under its lock; what it throws is thrown. `false` when there is none. Throws as `insertWatermark`. */
  updateWatermark(projectId: ProjectId, id: string, change: ChangeWatermark): Promise<boolean>
  /** Throws `conflict` when `most` others are default already. `false` when there is none. */
  setDefaultWatermark(projectId: ProjectId, id: string, change: DefaultChange): Promise<boolean>
  /** The first picture stays: answers the one that is recorded now, `undefined` when there is no such watermark. */
  recordPicture(projectId: ProjectId, id: string, picture: MarkPicture): Promise<MarkPicture | undefined>
  /** From then on nothing new can use it. `false` when there is none. */
  deleteWatermark(projectId: ProjectId, id: string): Promise<boolean>
  /** Deleted ones that no transcode which waits or runs needs. As nothing new can use them, that stays so. */
  releasable(projectId: ProjectId): Promise<readonly string[]>
  forgetWatermark(id: string): Promise<void>
}

export interface WatermarkFilter {
  readonly ids?: readonly string[]
  readonly offset: number
  readonly limit: number
}

export interface WatermarkPage {
  readonly watermarks: readonly Watermark[]
  readonly total: number
}

export type ChangeWatermark = (before: Watermark) => {
  readonly name: string
  readonly placement: MarkPlacement
}

export interface DefaultChange {
  readonly isDefault: boolean
  readonly most: number
}

import { createHash } from 'node:crypto'
import type { ReviewSettings } from '../catalog/review.ts'
import type { ProjectId } from '../shared/ids.ts'

/** How an asset that names it is reviewed. */
export interface ReviewTemplate {
  /** 32 hex digits. */
  readonly id: string
  /** `system`: every project has it from the beginning; it may be changed, but neither renamed nor deleted. */
  readonly kind: 'system' | 'custom'
  /** Unlike every other of the project. */
  readonly name: string
  /** Which one consoles offer first; at most one of a project. Calls always name one. */
  readonly isDefault: boolean
  readonly settings: ReviewSettings
}

/** What a template says where nothing else is asked for. Scenes that nothing built in can see are off (decisions.md 5.13). */
export const DEFAULT_REVIEW: ReviewSettings = {
  intervalSeconds: 5,
  thresholds: { porn: 80, terrorism: 0, politics: 0 },
  publishOnPass: false,
}

export const SYSTEM_REVIEW_NAME = 'system_review_template'

/** As it is until somebody changes it. Its id follows from the project, so it never changes. */
export const systemReviewTemplate = (projectId: ProjectId): ReviewTemplate => ({
  id: createHash('sha256').update(`${projectId}/${SYSTEM_REVIEW_NAME}`).digest('hex').slice(0, 32),
  kind: 'system',
  name: SYSTEM_REVIEW_NAME,
  isDefault: false,
  settings: DEFAULT_REVIEW,
})

/** More than a person looks after. */
export const MOST_REVIEW_TEMPLATES = 100

import type { ProjectId } from '../shared/ids.ts'
import type { ReviewTemplate } from './review-template.ts'

/** Stored review templates: custom ones, and the system's once it was changed. Each call is a transaction. */
export interface ReviewTemplateStore {
  /** Oldest first. */
  reviewTemplates(projectId: ProjectId): Promise<readonly StoredReviewTemplate[]>
  reviewTemplate(projectId: ProjectId, id: string): Promise<StoredReviewTemplate | undefined>
  /**
   * A new default takes the place of the old one. Throws `conflict` when the name is taken, or where there are `most` already.
   */
  insertReviewTemplate(projectId: ProjectId, template: StoredReviewTemplate, most: number): Promise<void>
  /**
   * `change` sees the row under its lock, or `initial` where there is none and one is given; what it throws is thrown. `false` when there
   * is neither. Throws as `insertReviewTemplate`.
   */
  updateReviewTemplate(
    projectId: ProjectId,
    { id, initial }: { readonly id: string; readonly initial?: StoredReviewTemplate },
    change: (before: StoredReviewTemplate) => StoredReviewTemplate,
  ): Promise<boolean>
  /** `false` when there is none. */
  deleteReviewTemplate(projectId: ProjectId, id: string): Promise<boolean>
}

export type StoredReviewTemplate = Omit<ReviewTemplate, 'kind'>

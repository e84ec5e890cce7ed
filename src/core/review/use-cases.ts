import type { ReviewSettings } from '../catalog/review.ts'
import type { ProjectId } from '../shared/ids.ts'
import type { Verdict } from './judge-review.ts'
import type { ReviewView } from './show-review.ts'

/** What other layers may ask about reviews. Throws `DomainError` as each use case says in its own file. */
export interface ReviewUseCases {
  /** Answers what the template says. */
  orderReview(projectId: ProjectId, id: string, templateId: string): Promise<ReviewSettings>
  judgeReview(projectId: ProjectId, id: string, verdict: Verdict): Promise<void>
  showReview(projectId: ProjectId, id: string): Promise<ReviewView>
}
